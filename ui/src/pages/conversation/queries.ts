import { useQueries, useQuery } from '@tanstack/react-query';
import { get } from '../../lib/api';
import type { Conversation } from './calls';

function conversationOf(traceId: string, spanId: string, enabled: boolean) {
  return {
    queryKey: ['conversation', traceId, spanId],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<Conversation>(`/spans/${spanId}/conversation`, { trace_id: traceId }, signal),
    enabled,
    staleTime: Infinity,
    retry: false,
  };
}

/** What of a model call's input was there before. */
export function useConversation(traceId: string, spanId: string, enabled = true) {
  return useQuery(conversationOf(traceId, spanId, enabled));
}

/** The same of several calls; undefined where it is not there yet, or is none. */
export function useConversations(
  traceId: string,
  spanIds: readonly string[],
): readonly (Conversation | undefined)[] {
  return useQueries({
    queries: spanIds.map((id) => conversationOf(traceId, id, true)),
    combine: (results) => results.map((result) => result.data),
  });
}
