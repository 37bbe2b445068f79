/** For tests: the answer of the daemon for a few spans. */
import type { Skeleton } from './spans';
import { spanTypes, type SpanType, type Status, type Trace } from './types';

export interface TestSpan {
  readonly name: string;
  readonly parent?: number;
  /** Milliseconds. */
  readonly start?: number;
  readonly duration?: number | null;
  readonly type?: SpanType;
  readonly status?: Status;
  readonly cost?: number;
  readonly agent?: string;
}

const statuses: readonly Status[] = ['success', 'error', 'running'];

export function skeletonOf(spans: readonly TestSpan[]): Skeleton {
  const texts: (string | null)[] = [null];
  const code = (text: string | undefined) => {
    if (text === undefined) return 0;
    const at = texts.indexOf(text);
    return at >= 0 ? at : texts.push(text) - 1;
  };
  const nothing = spans.map(() => null);
  return {
    trace: { trace_id: '0'.repeat(32), start_time: 0 } as Trace,
    spans: spans.length,
    of: spans.length,
    columns: {
      span_id: spans.map((_, row) => (row + 1).toString(16).padStart(16, '0')).join(''),
      parent: spans.map((span) => span.parent ?? -1),
      start_ns: spans.map((span) => (span.start ?? 0) * 1e6),
      duration_ns: spans.map((span) => (span.duration === null ? null : (span.duration ?? 1) * 1e6)),
      ttft_ns: nothing,
      span_type: spans.map((span) => spanTypes.indexOf(span.type ?? 'chain')),
      status: spans.map((span) => statuses.indexOf(span.status ?? 'success')),
      name: spans.map((span) => code(span.name)),
      model: spans.map(() => 0),
      agent: spans.map((span) => code(span.agent)),
      prompt_tokens: nothing,
      completion_tokens: nothing,
      cost_nano_usd: spans.map((span) => (span.cost === undefined ? null : span.cost * 1e9)),
      children: spans.map((_, row) => spans.filter((span) => span.parent === row).length),
      descendants: nothing.map(() => 0),
    },
    texts,
    span_types: spanTypes,
    statuses,
  };
}
