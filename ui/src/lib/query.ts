/** POST /analytics/query: docs/query.md. */
import { ask } from './api';

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
