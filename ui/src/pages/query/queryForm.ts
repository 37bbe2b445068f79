/** The query page's form as the address holds it, and as the API takes it. */
import { rangeOf } from '../../lib/range';
import { groupFilter, type Cell, type Query, type QueryAnswer, type QueryColumn } from '../../lib/query';

export interface QueryForm {
  readonly filter: string;
  readonly by: string;
  readonly aggregates: string;
  readonly every: string;
  readonly having: string;
  readonly sort: string;
  readonly range: string;
}

export const firstForm: QueryForm = {
  filter: 'type = llm',
  by: 'model',
  aggregates: 'count, sum:cost, p95:duration',
  every: '1h',
  having: '',
  sort: '',
  range: '-24h',
};

export const formFields = Object.keys(firstForm) as readonly (keyof QueryForm)[];

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
}

export function queryOf(form: QueryForm): Query {
  const { from, to } = rangeOf(form.range);
  return {
    filter: form.filter || null,
    from,
    to,
    group_by: listOf(form.by),
    aggregates: listOf(form.aggregates),
    every: form.every || null,
    having: form.having || null,
    sort: listOf(form.sort),
    limit: 1000,
  };
}

/** As RFC 4180 has it; what a spreadsheet would run as a formula gets an apostrophe before it. */
function csvCell(cell: Cell): string {
  if (cell === null) return '';
  const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf(answer: QueryAnswer): string {
  const head = answer.columns.map((column) => csvCell(column.name)).join(',');
  return [head, ...answer.rows.map((row) => row.map(csvCell).join(','))].join('\n') + '\n';
}

/** Columns that say which row it is; the figures stand behind them. */
export function keyCount(columns: readonly QueryColumn[], query: Query): number {
  return columns.length - Math.max(1, query.aggregates?.length ?? 0);
}

/** A filter for the spans behind a row: the values of its keys. */
export function rowFilter(
  filter: string,
  columns: readonly QueryColumn[],
  row: readonly Cell[],
  query: Query,
): string {
  const keys = columns.slice(0, keyCount(columns, query));
  return groupFilter(
    filter,
    keys.flatMap((column, at) => (column.type === 'time' ? [] : [[column.name, row[at] ?? null] as const])),
  );
}
