/** Lines as a chart takes them: one row of times for all. */
import type { Line } from '../lib/lines';

/** More places than this are not filled in: the chart is not that wide. */
const PLACES_MAX = 4000;

type Values = readonly (number | null | undefined)[] | ArrayLike<number | null | undefined>;

/** Every time from the first to the last, as far apart as the nearest two: where there is nothing, lines
 * have gaps. */
function timesOf(lines: readonly Line[]): number[] {
  const times = [...new Set(lines.flatMap((line) => line.points.map((point) => point.x)))].sort(
    (a, b) => a - b,
  );
  const first = times[0];
  const last = times.at(-1);
  const step = times.slice(1).reduce((least, x, index) => Math.min(least, x - times[index]!), Infinity);
  if (first === undefined || last === undefined || step === Infinity) return times;
  if ((last - first) / step > PLACES_MAX) return times;
  const isEven = times.every((x) => Number.isInteger((x - first) / step));
  return isEven
    ? Array.from({ length: Math.round((last - first) / step) + 1 }, (_, i) => first + i * step)
    : times;
}

export function gridOf(lines: readonly Line[]): { xs: number[]; ys: (number | null)[][] } {
  const xs = timesOf(lines);
  const placeOf = new Map(xs.map((x, place) => [x, place]));
  const ys = lines.map((line) => {
    const values = new Array<number | null>(xs.length).fill(null);
    for (const { x, y } of line.points) values[placeOf.get(x)!] = y;
    return values;
  });
  return { xs, ys };
}

/** Places whose neighbours have no value: no line leads there, so a point is drawn. */
export function isolated(values: Values): number[] {
  const places: number[] = [];
  for (let at = 0; at < values.length; at++)
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) places.push(at);
  return places;
}
