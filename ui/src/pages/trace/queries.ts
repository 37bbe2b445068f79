import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { ApiError, get } from '../../lib/api';
import { withDigits } from '../../lib/ids';
import { idOf, spansOf, withChildren, type Skeleton } from '../../lib/spans';
import type { Span, Status } from '../../lib/types';
import { useLiveItems } from '../../lib/useLiveItems';
import { usePaced } from '../../lib/usePaced';

const FALLBACK_MS = 3000;
const NOT_WRITTEN_YET = 3;
const RETRY_MS = 1000;

/** The tree of a trace, anew whenever a span of it begins or ends. */
export function useSkeleton(id: string) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['skeleton', id],
    queryFn: async ({ signal }) => {
      const answer = await get<Skeleton>(`/traces/${id}/skeleton`, {}, signal);
      return { ...answer, trace: withDigits(answer.trace) };
    },
    refetchInterval: (one) => (one.state.data?.trace.status === 'running' ? FALLBACK_MS : false),
    structuralSharing: false,
    // A trace that one was sent to may be written this very moment.
    retry: (failures, error) =>
      failures < NOT_WRITTEN_YET && (!(error instanceof ApiError) || error.status === 404),
    retryDelay: RETRY_MS,
  });
  const ask = usePaced(() => query.refetch());
  const traceId = query.data?.trace.trace_id;
  useLiveItems(traceId ? `trace_id = ${traceId}` : null, 'span,open', ask);
  /** Of a trace too large to come whole: the next children of a span. */
  const load = useCallback(
    async (row: number) => {
      const now = client.getQueryData<Skeleton>(['skeleton', id]);
      if (!now) return;
      const here = now.columns.parent.reduce((sum, parent) => sum + Number(parent === row), 0);
      const parent = idOf(spansOf(now), row);
      const window = await get<Skeleton>(`/traces/${id}/skeleton`, { parent, offset: here });
      client.setQueryData<Skeleton>(['skeleton', id], (old) =>
        old === now ? withChildren(now, row, window) : old,
      );
    },
    [client, id],
  );
  return { ...query, load };
}

/** One span; `whole`: with its payloads and the arithmetic of its cost. */
export function useSpan(traceId: string, spanId: string, status: Status, whole: boolean) {
  return useQuery({
    queryKey: ['span', traceId, spanId, status, whole],
    queryFn: async ({ signal }) =>
      withDigits(
        await get<Span>(`/spans/${spanId}`, { trace_id: traceId, include_blobs: whole || null }, signal),
      ),
    staleTime: status === 'running' ? 0 : Infinity,
    ...(whole ? {} : { placeholderData: keepPreviousData }),
  });
}
