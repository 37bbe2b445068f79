/** What the daemon answers: docs/api.md. */

export const spanTypes = [
  'agent',
  'llm',
  'tool',
  'retrieval',
  'guardrail',
  'handoff',
  'embedding',
  'rerank',
  'memory',
  'chain',
  'http',
  'database',
  'cache',
  'file_io',
] as const;

export type SpanType = (typeof spanTypes)[number];
export type Status = 'running' | 'interrupted' | 'success' | 'error' | 'unknown' | 'lost_contact';

export interface Trace {
  readonly trace_id: string;
  readonly trace_id_hex?: string;
  readonly name: string;
  readonly status: Status;
  readonly start_time: number;
  readonly end_time: number | null;
  readonly duration_ms: number | null;
  readonly service: string | null;
  readonly agent: string | null;
  readonly session_id: string | null;
  readonly user_id: string | null;
  readonly model: string | null;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly total_tokens: number | null;
  readonly total_cost: number | null;
  readonly llm_calls: number;
  readonly tool_calls: number;
  readonly span_count: number;
  readonly error_count: number;
  readonly depth: number;
}

export interface TraceList {
  readonly traces: readonly Trace[];
  readonly total: number;
  readonly total_is: 'exact' | 'at_least';
  readonly next_cursor: string | null;
}

export interface Usage {
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly total_tokens: number | null;
  readonly total_cost: number | null;
  readonly input_cost: number | null;
  readonly output_cost: number | null;
  readonly cost_source: 'reported' | 'computed' | 'unpriced' | null;
}

export interface PayloadInfo {
  readonly media_type: string | null;
  readonly size_bytes: number;
  readonly content_id?: string;
}

export interface CostLine {
  readonly class: string;
  readonly tokens: number;
  readonly usd_per_million: number;
  readonly cost: number;
}

/** What the table of prices gives for the tokens of a span. */
export interface CostDetails {
  readonly model: string;
  readonly prices: string;
  readonly batch: boolean;
  readonly lines: readonly CostLine[];
  readonly total_cost: number;
}

export interface SpanLink {
  readonly trace_id: string;
  readonly span_id: string;
}

export interface SpanEvent {
  readonly name: string;
  readonly time: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface Score {
  readonly id: string;
  readonly name: string;
  readonly value: number | null;
  readonly label: string | null;
  readonly comment: string | null;
  readonly source: string | null;
  readonly time: number;
}

export interface Span {
  readonly trace_id: string;
  readonly trace_id_hex?: string;
  readonly span_id: string;
  readonly span_id_hex?: string;
  readonly parent_span_id: string | null;
  readonly span_type: SpanType;
  readonly status: Status;
  readonly name: string;
  readonly service: string | null;
  readonly model: string | null;
  readonly provider: string | null;
  readonly agent: string | null;
  readonly operation: string | null;
  readonly status_message: string | null;
  readonly start_time: number;
  readonly start_time_unix_nano: string;
  readonly end_time: number | null;
  readonly duration_ms: number | null;
  readonly ttft_ms: number | null;
  readonly usage: Usage;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly error: unknown;
  readonly input_preview?: string | null;
  readonly output_preview?: string | null;
  readonly inputs?: unknown;
  readonly outputs?: unknown;
  readonly input_info?: PayloadInfo | null;
  readonly output_info?: PayloadInfo | null;
  readonly cost_details?: CostDetails | null;
  readonly prompt_name: string | null;
  readonly prompt_version: number | null;
  readonly links: readonly SpanLink[];
  readonly events: readonly SpanEvent[];
  readonly scores: readonly Score[];
}

export interface WholeTrace extends Trace {
  readonly scores?: readonly Score[];
  readonly spans: readonly Span[];
}

interface Measures {
  readonly requests: number;
  readonly error_rate: number | null;
  readonly avg_latency_ms: number | null;
  readonly p95_latency_ms: number | null;
  readonly total_cost: number | null;
  readonly total_tokens: number | null;
}

export interface Overview extends Measures {
  readonly from: number;
  readonly to: number;
  readonly previous: Measures;
}

export interface LatencyRow {
  readonly span_type: SpanType;
  readonly count: number;
  readonly error_rate: number;
  readonly avg_ms: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly max_ms: number | null;
}

export interface CostRow {
  readonly calls: number;
  readonly total_cost: number | null;
  readonly total_tokens: number | null;
  readonly cached_tokens: number | null;
}

export interface Costs {
  readonly by_model: readonly (CostRow & { readonly model: string | null })[];
  readonly by_agent: readonly (CostRow & { readonly agent: string | null })[];
  readonly by_prompt: readonly (CostRow & {
    readonly prompt_name: string | null;
    readonly prompt_version: number | null;
  })[];
  readonly series: readonly (CostRow & { readonly time: number })[];
}
