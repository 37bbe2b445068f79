import { useMemo } from 'react';
import { Link } from 'wouter';
import { clocks, cost, duration, moment } from '../../lib/format';
import { lastListAddress } from '../../lib/lastList';
import { previewWords } from '../../lib/previewWords';
import { known, idOf } from '../../lib/spans';
import type { Trace } from '../../lib/types';
import { Copy } from '../../parts/Copy';
import { Icon } from '../../parts/Icon';
import { StatusMark } from '../../parts/StatusMark';
import { TokenFlow } from '../../parts/TokenFlow';
import { Value } from '../../parts/Value';
import { Feedback } from './Feedback';
import { useSpan } from './queries';
import type { TraceView } from './useTraceView';

function Figures({ trace, now }: { trace: Trace; now: number }) {
  const ms = trace.status === 'running' ? now : trace.duration_ms;
  return (
    <>
      <StatusMark status={trace.status} />
      {trace.status === 'interrupted' && <span className="interrupted">writer died here</span>}
      <Value shown={duration(ms)} exact={ms === null ? null : `${ms} ms`} />
      <Value shown={cost(trace.total_cost)} exact={trace.total_cost} />
      <TokenFlow sent={trace.prompt_tokens} received={trace.completion_tokens} />
      {trace.model && <span className="dim clip">{trace.model}</span>}
      {trace.session_id && (
        <Link className="dim clip hover-link" href={`/sessions/${encodeURIComponent(trace.session_id)}`}>
          {trace.session_id}
        </Link>
      )}
    </>
  );
}

/** What was asked and what came out, from the root. */
function Asked({ view }: { view: TraceView }) {
  const { spans, trace } = view;
  const { data: root } = useSpan(trace.trace_id, idOf(spans, 0), spans.status[0] ?? 'unknown', false);
  return (
    <span className="clip dim">
      {root?.input_preview && <q>{previewWords(root.input_preview)}</q>}
      {root?.output_preview && (
        <>
          {' → '}
          <q>{previewWords(root.output_preview)}</q>
        </>
      )}
    </span>
  );
}

/** The rows to look at first: the slowest leaf and the dearest span. */
function useStandouts({ spans }: TraceView) {
  return useMemo(() => {
    let slowest = -1;
    let dearest = -1;
    for (let row = 0; row < spans.count; row++) {
      const leaf = spans.end[row] === row + 1;
      if (leaf && (slowest < 0 || spans.duration[row]! > spans.duration[slowest]!)) slowest = row;
      if (leaf && (dearest < 0 || spans.cost[row]! > (known(spans.cost[dearest]) ?? 0))) dearest = row;
    }
    return { slowest, dearest: known(spans.cost[dearest]) === null ? -1 : dearest };
  }, [spans]);
}

function Summary({ view }: { view: TraceView }) {
  const { spans, trace } = view;
  const { slowest, dearest } = useStandouts(view);
  const failed = spans.status.indexOf('error');
  return (
    <div className="trace-summary">
      <Asked view={view} />
      {slowest >= 0 && (
        <button
          className="link"
          onClick={() => {
            view.select(slowest);
          }}
        >
          slowest: {spans.name[slowest]} <Value shown={duration(known(spans.duration[slowest]))} />
        </button>
      )}
      {dearest >= 0 && (
        <button
          className="link"
          onClick={() => {
            view.select(dearest);
          }}
        >
          dearest: {spans.name[dearest]} <Value shown={cost(spans.cost[dearest])} />
        </button>
      )}
      {failed >= 0 && (
        <button
          className="link failed"
          onClick={() => {
            view.select(failed);
          }}
        >
          {trace.error_count} {trace.error_count === 1 ? 'error' : 'errors'} ↓
        </button>
      )}
    </div>
  );
}

export function TraceHead({ view }: { view: TraceView }) {
  const { trace, now } = view;
  return (
    <>
      <header className="trace-head">
        <Link href={lastListAddress()} className="button plain icon" aria-label="To the traces">
          <Icon name="left" />
        </Link>
        <h1 className="clip">{trace.name || trace.trace_id}</h1>
        <Figures trace={trace} now={now} />
        <span className="space" />
        <span className="faint num" title={clocks(trace.start_time)}>
          {moment(trace.start_time)}
        </span>
        <Copy text={trace.trace_id} label="Copy the trace id" />
        <Link className="button plain" href={`/compare?a=${trace.trace_id}`}>
          Compare
        </Link>
        <Feedback traceId={trace.trace_id} />
      </header>
      <Summary view={view} />
    </>
  );
}
