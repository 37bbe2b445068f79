/** POST /analytics/query: docs/query.md. */
import { ask } from './api';
import { cost, count, duration, percent, type Shown } from './format';

export interface Query {
  readonly filter?: string | null;
  readonly from?: string | number | null;
  readonly to?: string | number | null;
  readonly group_by?: readonly string[];
  readonly every?: string | null;
  readonly aggregates?: readonly string[];
  readonly having?: string | null;
  readonly sort?: readonly string[];
  readonly limit?: number | null;
}

export type Cell = string | number | boolean | null;

export interface QueryColumn {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'number' | 'time' | 'any';
  readonly unit: string | null;
}

export interface QueryAnswer {
  readonly columns: readonly QueryColumn[];
  readonly rows: readonly (readonly Cell[])[];
  readonly totals: readonly Cell[];
  readonly approximate: readonly string[];
  readonly groups: number;
  readonly spans: number;
  readonly partial: boolean;
}

export function runQuery(query: Query, signal?: AbortSignal): Promise<QueryAnswer> {
  return ask<QueryAnswer>('/analytics/query', query, signal);
}

/** How values of a column are shown. */
export function shownAs({ name, unit }: Pick<QueryColumn, 'name' | 'unit'>): (value: number) => Shown {
  if (unit === 'USD') return cost;
  if (unit === 'ms') return duration;
  return name === 'error_rate' ? percent : count;
}

/** A filter for the spans of a group: those of `filter` that have these values. */
export function groupFilter(
  filter: string,
  values: readonly (readonly [field: string, value: Cell])[],
): string {
  const terms = values.map(([field, value]) => {
    const text = typeof value === 'string' ? `"${value.replace(/[\\"]/g, '\\$&')}"` : String(value);
    return `${field} = ${text}`;
  });
  return [filter && terms.length > 0 ? `(${filter})` : filter, ...terms].filter(Boolean).join(' and ');
}
