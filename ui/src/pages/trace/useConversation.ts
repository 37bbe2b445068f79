import { useQuery } from '@tanstack/react-query';
import { get } from '../../lib/api';
import type { Span } from '../../lib/types';

/** What of a model call's input was there before: GET /spans/{id}/conversation. */
export interface Conversation {
  readonly compared_to: { readonly span_id: string; readonly common: number } | null;
  readonly prefix_broke_at: number | null;
  readonly resent_tokens_estimate: number | null;
  readonly carried_cost_estimate: number | null;
  readonly messages: readonly { readonly role: string; readonly new: boolean }[];
}

export function useConversation(span: Span) {
  return useQuery({
    queryKey: ['conversation', span.trace_id, span.span_id],
    queryFn: ({ signal }) =>
      get<Conversation>(`/spans/${span.span_id}/conversation`, { trace_id: span.trace_id }, signal),
    enabled: span.span_type === 'llm' && span.status !== 'running',
    staleTime: Infinity,
    retry: false,
  });
}
