import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { get } from '../../lib/api';
import { momentsOf, rangeOf, type Range } from '../../lib/range';

const REFRESH_MS = 10_000;
const POINTS_MOST = 60;

/** Lengths of a point, as the daemon has them, with their seconds. */
const steps = [
  ['10s', 10],
  ['1m', 60],
  ['5m', 300],
  ['10m', 600],
  ['30m', 1800],
  ['1h', 3600],
  ['3h', 10_800],
  ['6h', 21_600],
  ['12h', 43_200],
  ['1d', 86_400],
  ['7d', 604_800],
  ['30d', 2_592_000],
] as const;

/** A range of time, cut into points that a chart has room for. */
export interface Span {
  /** As the address has it. */
  readonly range: string;
  readonly bounds: Range;
  readonly every: string;
  readonly stepS: number;
  readonly fromS: number;
  readonly toS: number;
}

/** now: seconds since 1970. */
export function spanOf(range: string, now: number): Span {
  const { fromS, toS } = momentsOf(range, now);
  const [every, stepS] = steps.find(([, step]) => (toS - fromS) / step <= POINTS_MOST) ?? steps.at(-1)!;
  return { range, bounds: rangeOf(range), every, stepS, fromS, toS };
}

export function useAnalytics<T>(
  what: 'overview' | 'latency' | 'cost',
  { bounds, every, range }: Span,
  extra: Readonly<Record<string, string>> = {},
) {
  return useQuery({
    queryKey: ['analytics', what, range, every, extra],
    queryFn: ({ signal }) => get<T>(`/analytics/${what}`, { ...bounds, every, ...extra }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

/** The traces of the range that have a span which passes. */
export function tracesHref(range: string, q: string): string {
  return `/traces?range=${encodeURIComponent(range)}&q=${encodeURIComponent(q)}`;
}
