import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { get } from '../../lib/api';
import type { Skeleton } from '../../lib/spans';
import type { Span, Trace } from '../../lib/types';

export interface Session {
  readonly session_id: string;
  readonly user_id: string | null;
  readonly trace_count: number;
  readonly running_count: number;
  readonly failed_count: number;
  readonly start_time: number;
  readonly last_seen: number;
  readonly duration_ms: number | null;
  readonly error_count: number;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly total_cost: number | null;
}

interface SessionList {
  readonly sessions: readonly Session[];
  readonly total: number;
  readonly next_cursor: string | null;
}

export interface Turn {
  readonly trace: Trace;
  readonly root_span: Span | null;
}

export interface WholeSession extends Session {
  readonly turns: readonly Turn[];
}

const PAGE = 100;
const TURNS = 1000;
const REFRESH_MS = 5000;

export function useSessions(q: string, sort: string) {
  return useInfiniteQuery({
    queryKey: ['sessions', q, sort],
    queryFn: ({ pageParam, signal }) =>
      get<SessionList>('/sessions', { q, sort, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

export function useSession(id: string) {
  return useQuery({
    queryKey: ['session', id],
    queryFn: ({ signal }) =>
      get<WholeSession>(`/sessions/${encodeURIComponent(id)}`, { limit: TURNS }, signal),
    refetchInterval: REFRESH_MS,
  });
}

/** The tree of a trace of a session, which is anew when its status is. */
export function useSpansOf({ trace_id: id, status }: Trace) {
  return useQuery({
    queryKey: ['spans', id, status],
    queryFn: ({ signal }) => get<Skeleton>(`/traces/${id}/skeleton`, {}, signal),
    staleTime: status === 'running' ? 0 : Infinity,
  });
}
