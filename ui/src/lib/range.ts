/** Ranges of time as the address holds them: "-24h" reaches back from now, "a..b" are two UTC times. */

import { hourOf } from './format';

export const ranges = [
  ['-1h', 'Last hour'],
  ['-24h', 'Last 24 hours'],
  ['-7d', 'Last 7 days'],
  ['-30d', 'Last 30 days'],
  ['all', 'All'],
] as const;

export interface Range {
  readonly from: string | null;
  readonly to: string | null;
}

export function rangeOf(text: string): Range {
  if (text === 'all') return { from: null, to: null };
  const [from, to] = text.split('..', 2);
  return { from: from ?? null, to: to ?? null };
}

/** The beginning of all, where a range has none. */
const EARLIEST_S = 0;

/** Where a range begins and ends, in seconds since 1970. */
export function momentsOf(range: string, now: number): { readonly fromS: number; readonly toS: number } {
  const { from, to } = rangeOf(range);
  const seconds = (text: string | null, otherwise: number) => {
    if (text === null) return otherwise;
    const back = text.startsWith('-') ? secondsOf(text.slice(1)) : null;
    return back === null ? Date.parse(text) / 1000 : now - back;
  };
  return { fromS: seconds(from, EARLIEST_S), toS: seconds(to, now) };
}

export function rangeText(fromSeconds: number, toSeconds: number): string {
  return `${new Date(fromSeconds * 1000).toISOString()}..${new Date(toSeconds * 1000).toISOString()}`;
}

/** What a range is called. */
export function rangeLabel(range: string): string {
  const known = ranges.find(([value]) => value === range);
  if (known) return known[1];
  const [from, to] = range.split('..', 2);
  if (to === undefined) return `Last ${range.slice(1)}`;
  const [start, end] = [Date.parse(from ?? ''), Date.parse(to)];
  return Number.isNaN(start) || Number.isNaN(end)
    ? range.replace('..', ' to ')
    : `${hourOf(start / 1000)} – ${hourOf(end / 1000)}`;
}

const UNITS_S = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** Seconds of "15m"; null: it is not a length. */
export function secondsOf(length: string): number | null {
  const [, number, unit] = /^(\d+)([smhdw])$/.exec(length.trim()) ?? [];
  return unit === undefined ? null : Number(number) * UNITS_S[unit as keyof typeof UNITS_S];
}

/** "15m" of 900: in the largest unit that it is a whole number of. */
export function lengthText(seconds: number): string {
  const unit = (['d', 'h', 'm'] as const).find((one) => seconds % UNITS_S[one] === 0) ?? 's';
  return `${seconds / UNITS_S[unit]}${unit}`;
}
