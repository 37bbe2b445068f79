/** What the list of traces can show of each. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { ago, clocks, cost, duration } from '../../lib/format';
import { previewWords } from '../../lib/previewWords';
import type { Trace } from '../../lib/types';
import { visible } from '../../lib/visible';
import { StatusMark } from '../../parts/StatusMark';
import { TokenFlow } from '../../parts/TokenFlow';
import { Value } from '../../parts/Value';
import type { Preview } from './usePreviews';

export interface RowContext {
  readonly now: number;
  readonly preview: Preview | undefined;
}

export interface Column {
  readonly key: string;
  readonly title: string;
  /** What the daemon sorts by. */
  readonly sort?: string;
  readonly number?: boolean;
  /** Least width; a column that grows shares what is left with others that do. */
  readonly widthPx: number;
  /** Its width on a telephone. */
  readonly narrowPx?: number;
  readonly grows?: number;
  /** Seen until one chooses otherwise. */
  readonly initial: boolean;
  readonly className?: string;
  readonly cell: (trace: Trace, context: RowContext) => ReactNode;
}

function oneLine(text: string): string {
  return visible(
    previewWords(text)
      .trim()
      .replace(/\s*\n\s*/g, ' ⏎ '),
  );
}

function Words({ preview }: { preview: Preview | undefined }) {
  const { input_preview: asked, output_preview: answered } = preview ?? {};
  return (
    <>
      {asked && oneLine(asked)}
      {answered && <span className="faint"> → {oneLine(answered)}</span>}
    </>
  );
}

export const columns: readonly Column[] = [
  {
    key: 'start',
    title: 'Start',
    sort: 'start',
    widthPx: 76,
    narrowPx: 64,
    initial: true,
    className: 'faint num left',
    cell: (trace, { now }) => <span title={clocks(trace.start_time)}>{ago(trace.start_time, now)}</span>,
  },
  {
    key: 'name',
    title: 'Name',
    widthPx: 112,
    grows: 1,
    initial: true,
    className: 'clip name',
    cell: (trace) => (
      <Link href={`/traces/${trace.trace_id}`}>{trace.name || trace.trace_id.slice(0, 8)}</Link>
    ),
  },
  {
    key: 'preview',
    title: 'Preview',
    widthPx: 104,
    grows: 2,
    initial: true,
    className: 'clip dim',
    cell: (_, { preview }) => <Words preview={preview} />,
  },
  {
    key: 'status',
    title: 'St',
    widthPx: 20,
    narrowPx: 16,
    initial: true,
    cell: (trace) => <StatusMark status={trace.status} compact />,
  },
  {
    key: 'duration',
    title: 'Duration',
    sort: 'duration',
    number: true,
    widthPx: 72,
    narrowPx: 64,
    initial: true,
    cell: (trace, { now }) => {
      const ms = trace.status === 'running' ? (now - trace.start_time) * 1000 : trace.duration_ms;
      return <Value shown={duration(ms)} exact={ms === null ? null : `${ms} ms`} />;
    },
  },
  {
    key: 'tokens',
    title: 'Tokens',
    sort: 'tokens',
    number: true,
    widthPx: 88,
    initial: true,
    cell: (trace) => <TokenFlow sent={trace.prompt_tokens} received={trace.completion_tokens} />,
  },
  {
    key: 'cost',
    title: 'Cost',
    sort: 'cost',
    number: true,
    widthPx: 72,
    narrowPx: 64,
    initial: true,
    cell: (trace) => <Value shown={cost(trace.total_cost)} exact={trace.total_cost} />,
  },
  {
    key: 'model',
    title: 'Model',
    widthPx: 88,
    initial: true,
    className: 'clip dim',
    cell: (trace) => trace.model,
  },
  {
    key: 'agent',
    title: 'Agent',
    widthPx: 96,
    initial: false,
    className: 'clip dim',
    cell: (trace) => trace.agent,
  },
  {
    key: 'service',
    title: 'Service',
    widthPx: 96,
    initial: false,
    className: 'clip dim',
    cell: (trace) => trace.service,
  },
  {
    key: 'spans',
    title: 'Spans',
    sort: 'spans',
    number: true,
    widthPx: 52,
    initial: false,
    cell: (trace) => trace.span_count.toLocaleString('en'),
  },
  {
    key: 'calls',
    title: 'Calls',
    number: true,
    widthPx: 52,
    initial: false,
    cell: (trace) => trace.llm_calls.toLocaleString('en'),
  },
  {
    key: 'tools',
    title: 'Tools',
    number: true,
    widthPx: 52,
    initial: false,
    cell: (trace) => trace.tool_calls.toLocaleString('en'),
  },
  {
    key: 'errors',
    title: 'Errors',
    sort: 'errors',
    number: true,
    widthPx: 48,
    initial: true,
    cell: ({ error_count: errors }) => <span className={errors > 0 ? 'failed' : 'faint'}>{errors}</span>,
  },
  {
    key: 'session',
    title: 'Session',
    widthPx: 88,
    initial: true,
    className: 'clip mono dim',
    cell: (trace) => trace.session_id,
  },
  {
    key: 'user',
    title: 'User',
    widthPx: 84,
    initial: true,
    className: 'clip dim',
    cell: (trace) => trace.user_id,
  },
];

/** What a telephone has room for. */
export const narrowColumns = ['start', 'name', 'status', 'duration', 'cost'] as const;

export const initialColumns = columns.flatMap((column) => (column.initial ? [column.key] : []));
