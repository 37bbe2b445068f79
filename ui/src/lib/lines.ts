/** Answers of queries as lines over time. */
import type { QueryAnswer, QueryColumn } from './query';

export interface Line {
  readonly title: string;
  /** x: seconds since 1970. */
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

function sumOf(line: Line): number {
  return line.points.reduce((sum, point) => sum + (point.y ?? 0), 0);
}

/** A line for each combination of the columns before `keys`, the greatest first; none without a time. */
export function linesOf(answer: QueryAnswer, keys: number, figure: QueryColumn): Line[] {
  const time = answer.columns.findIndex((column) => column.type === 'time');
  if (time < 0) return [];
  const at = answer.columns.indexOf(figure);
  const byTitle = new Map<string, Line['points'][number][]>();
  for (const row of answer.rows) {
    const group = row.slice(0, keys).filter((_, index) => index !== time);
    const title = group.length > 0 ? group.map((key) => String(key ?? '—')).join(' · ') : figure.name;
    const points = byTitle.get(title) ?? [];
    points.push({ x: Number(row[time]), y: row[at] as number | null });
    byTitle.set(title, points);
  }
  return [...byTitle].map(([title, points]): Line => ({ title, points })).sort((a, b) => sumOf(b) - sumOf(a));
}

/** Without the windows of time that have not ended: they would look like a fall. Where that leaves no line, as
 * they are. */
export function finished(lines: readonly Line[], windowS: number, now: number): readonly Line[] {
  const cut = lines.map((line): Line => ({
    ...line,
    points: line.points.filter((point) => point.x + windowS <= now),
  }));
  return cut.some((line) => line.points.length > 1) ? cut : lines;
}
