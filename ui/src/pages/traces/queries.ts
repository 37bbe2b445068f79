import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
} from '@tanstack/react-query';
import { useCallback } from 'react';
import { get } from '../../lib/api';
import type { Trace, TraceList } from '../../lib/types';
import { rangeOf } from '../../lib/range';

/** What the page shows: all of it is in the address. */
export interface Selection {
  readonly q: string;
  readonly range: string;
  readonly sort: string;
}

export interface Totals {
  readonly traces: number;
  readonly error_rate: number | null;
  readonly total_cost: number | null;
  readonly avg_cost: number | null;
  readonly avg_duration_ms: number | null;
  readonly p95_duration_ms: number | null;
}

export interface Bucket {
  readonly start_time: number;
  readonly traces: number;
  readonly errors: number;
}

export interface Histogram {
  readonly bucket_s: number;
  readonly buckets: readonly Bucket[];
}

export interface Facet {
  readonly field: string;
  readonly values: readonly { readonly value: string | number | null; readonly traces: number }[];
  readonly more: boolean;
}

const PAGE = 100;
const FACETS = 'status,span_type,model,agent,environment,service,prompt_name,prompt_version';
const FACET_VALUES = '8';
const ALL_VALUES = '1000';
const REFRESH_MS = 3000;

function parametersOf({ q, range }: Selection) {
  return { q, ...rangeOf(range) };
}

/** The pages of the list so far; `live`: new traces are looked for. */
export function useTraceList(selection: Selection, live: boolean) {
  return useInfiniteQuery({
    queryKey: ['traces', selection],
    queryFn: ({ pageParam, signal }) =>
      get<TraceList>(
        '/traces',
        { ...parametersOf(selection), sort: selection.sort, limit: PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: live ? REFRESH_MS : false,
  });
}

/** What it returns puts traces as they are now in the place of those that the list shows. */
export function useRenewedTraces(selection: Selection): (traces: readonly Trace[]) => void {
  const client = useQueryClient();
  return useCallback(
    (traces) => {
      const newer = new Map(traces.map((trace) => [trace.trace_id, trace]));
      client.setQueryData<InfiniteData<TraceList>>(['traces', selection], (list) => {
        const isShown = list?.pages.some((page) => page.traces.some((trace) => newer.has(trace.trace_id)));
        if (!list || !isShown) return list;
        const pages = list.pages.map((page) => ({
          ...page,
          traces: page.traces.map((trace) => newer.get(trace.trace_id) ?? trace),
        }));
        return { ...list, pages };
      });
    },
    [client, selection],
  );
}

/** How many traces a selection has. */
export function useTraceTotal(selection: Selection) {
  return useQuery({
    queryKey: ['total', selection.q, selection.range],
    queryFn: ({ signal }) => get<TraceList>('/traces', { ...parametersOf(selection), limit: 1 }, signal),
    select: (list) => list.total,
  });
}

/** Summaries are asked for when the list is there: it is what one waits for. */
interface Settled {
  readonly settled: boolean;
  readonly live?: boolean;
}

function useSummary<T>(
  path: string,
  selection: Selection,
  {
    live = false,
    settled,
    ...extra
  }: Settled & Readonly<Partial<Record<'buckets' | 'fields' | 'limit', string>>>,
) {
  return useQuery({
    enabled: settled,
    queryKey: [path, selection.q, selection.range, extra],
    queryFn: ({ signal }) => get<T>(path, { ...parametersOf(selection), ...extra }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: live ? REFRESH_MS : false,
  });
}

export function useTotals(selection: Selection, when: Settled) {
  return useSummary<Totals>('/traces/totals', selection, when);
}

export function useHistogram(selection: Selection, when: Settled) {
  return useSummary<Histogram>('/traces/histogram', selection, { ...when, buckets: '96' });
}

interface Facets {
  readonly facets: readonly Facet[];
}

export function useFacets(selection: Selection, { settled }: Settled) {
  return useSummary<Facets>('/traces/facets', selection, { settled, fields: FACETS, limit: FACET_VALUES });
}

/** As many values of one field as can be had. */
export function useFacet(field: string, selection: Selection) {
  return useSummary<Facets>('/traces/facets', selection, { settled: true, fields: field, limit: ALL_VALUES });
}
