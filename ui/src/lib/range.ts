/** Ranges of time as the address holds them: "-24h" reaches back from now, "a..b" are two UTC times. */

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

export function rangeText(fromSeconds: number, toSeconds: number): string {
  return `${new Date(fromSeconds * 1000).toISOString()}..${new Date(toSeconds * 1000).toISOString()}`;
}
