import { useQuery } from '@tanstack/react-query';
import { get } from '../../lib/api';
import { withDigits } from '../../lib/ids';
import type { Span, SpanType, Status, Trace } from '../../lib/types';

export interface Side {
  readonly span_id: string;
  readonly name: string | null;
  readonly status: Status;
  readonly model: string | null;
  readonly duration_ms: number | null;
  readonly total_tokens: number | null;
  readonly total_cost: number | null;
}

export type Difference = 'only_a' | 'only_b' | 'status' | 'name' | 'model' | 'messages';

export interface Pair {
  readonly span_type: SpanType;
  readonly depth: number;
  readonly a: Side | null;
  readonly b: Side | null;
  readonly differences: readonly Difference[];
  readonly first_different_message: number | null;
}

export interface TraceDiff {
  readonly a: Trace;
  readonly b: Trace;
  readonly pairs: readonly Pair[];
  readonly first_difference: number | null;
}

interface MessageRef {
  readonly hash: string;
  readonly role: string | null;
  readonly pointer: string;
  readonly bytes: number;
}

export interface SpanDiff {
  readonly a: Side;
  readonly b: Side;
  readonly differences: readonly Difference[];
  readonly first_different_message: number | null;
  readonly messages_a: readonly MessageRef[];
  readonly messages_b: readonly MessageRef[];
}

/** A span to compare, and the trace it is in. */
export interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
}

export function useTraceDiff(a: string, b: string, enabled: boolean) {
  return useQuery({
    queryKey: ['diff', a, b],
    queryFn: async ({ signal }) => {
      const diff = await get<TraceDiff>(`/traces/${a}/diff/${b}`, {}, signal);
      return { ...diff, a: withDigits(diff.a), b: withDigits(diff.b) };
    },
    enabled,
  });
}

export function useSpanDiff(a: SpanPlace, b: SpanPlace) {
  return useQuery({
    queryKey: ['span diff', a, b],
    queryFn: ({ signal }) =>
      get<SpanDiff>(`/spans/${a.traceId}:${a.spanId}/diff/${b.traceId}:${b.spanId}`, {}, signal),
    staleTime: Infinity,
  });
}

export function useWholeSpan({ traceId, spanId }: SpanPlace) {
  return useQuery({
    queryKey: ['span', traceId, spanId, 'compared', true],
    queryFn: ({ signal }) =>
      get<Span>(`/spans/${spanId}`, { trace_id: traceId, include_blobs: true }, signal),
    staleTime: Infinity,
  });
}
