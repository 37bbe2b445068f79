/** Values over time, stacked by what they are of. */

/** More cannot be told apart; the rest is one. */
const NAMES_MAX = 5;
const REST = 'other';

export interface Stack {
  /** From the greatest on; what is left over last. */
  readonly names: readonly string[];
  /** Every step of the range, with a value for each name. */
  readonly bars: readonly { readonly time: number; readonly values: readonly number[] }[];
}

export interface StackPoint {
  readonly time: number;
  readonly name: string;
  readonly value: number;
}

/** Steps begin at whole multiples of their length, as the daemon's do. */
export function stackOf(
  points: readonly StackPoint[],
  { fromS, toS, stepS }: { readonly fromS: number; readonly toS: number; readonly stepS: number },
): Stack {
  const sums = new Map<string, number>();
  for (const { name, value } of points) sums.set(name, (sums.get(name) ?? 0) + value);
  const byValue = [...sums].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  // One that is left over is not worth another name.
  const isCut = byValue.length > NAMES_MAX + 1;
  const names = isCut ? [...byValue.slice(0, NAMES_MAX), REST] : byValue;
  const placeOf = new Map(names.map((name, place) => [name, place]));
  const first = Math.floor(fromS / stepS);
  const count = Math.max(1, Math.ceil(toS / stepS) - first);
  const bars = Array.from({ length: count }, (_, at) => ({
    time: (first + at) * stepS,
    values: new Array<number>(names.length).fill(0),
  }));
  for (const { time, name, value } of points) {
    const bar = bars[Math.floor(time / stepS) - first];
    if (bar) bar.values[placeOf.get(name) ?? names.length - 1]! += value;
  }
  return { names, bars };
}
