/** The model calls of a trace and what each sent again: GET /spans/{id}/conversation. */
import type { Spans } from '../../lib/spans';

export interface SentMessage {
  readonly hash: string;
  readonly role: string | null;
  readonly pointer: string;
  readonly bytes: number;
  readonly tokens_estimate: number | null;
  readonly new: boolean;
}

export interface Conversation {
  readonly calls: readonly string[];
  readonly call: number;
  readonly agent: string | null;
  readonly model: string | null;
  readonly compared_to: {
    readonly span_id: string;
    readonly messages: number;
    readonly common: number;
  } | null;
  readonly prefix_broke_at: number | null;
  readonly prompt_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly resent_tokens_estimate: number | null;
  readonly uncached_resent_tokens_estimate: number | null;
  readonly carried_cost_estimate: number | null;
  readonly messages: readonly SentMessage[];
}

/** One agent's calls, by row. */
export interface AgentCalls {
  readonly agent: string | null;
  readonly rows: readonly number[];
}

export function callsByAgent(spans: Spans): AgentCalls[] {
  const byAgent = new Map<string | null, number[]>();
  for (let row = 0; row < spans.count; row++) {
    if (spans.type[row] !== 'llm') continue;
    const agent = spans.agent[row] ?? null;
    const rows = byAgent.get(agent);
    if (rows) rows.push(row);
    else byAgent.set(agent, [row]);
  }
  return [...byAgent].map(([agent, rows]) => ({
    agent,
    rows: rows.sort((a, b) => spans.start[a]! - spans.start[b]! || a - b),
  }));
}

const roles = ['system', 'user', 'assistant', 'tool'] as const;
export type Role = (typeof roles)[number] | 'other';

export function roleOf(message: { readonly role: string | null }): Role {
  if (message.role === 'model') return 'assistant';
  if (message.role === 'developer') return 'system';
  return roles.find((role) => role === message.role) ?? 'other';
}

/** Bytes of each role, in the order they are stacked. */
export function byRole(messages: readonly SentMessage[]): { role: Role; bytes: number }[] {
  return [...roles, 'other' as const].map((role) => ({
    role,
    bytes: messages.reduce((sum, one) => sum + (roleOf(one) === role ? one.bytes : 0), 0),
  }));
}
