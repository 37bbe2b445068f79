import { useMemo } from 'react';
import { idOf, spansOf, type Spans } from '../../lib/spans';
import type { Trace } from '../../lib/types';
import { useSeen } from '../../lib/useSeen';
import { visible } from '../../lib/visible';
import { Problem } from '../../parts/Problem';
import { callsByAgent, type AgentCalls } from '../conversation/calls';
import { Payload } from '../trace/Payload';
import { useSpan } from '../trace/queries';
import { useSpansOf } from './queries';

/** The last call of an agent's model was given all that went before it. */
function Window({
  trace,
  spans,
  calls,
  alone,
}: {
  trace: Trace;
  spans: Spans;
  calls: AgentCalls;
  /** What it answers is what the trace answers. */
  alone: boolean;
}) {
  const row = calls.rows[calls.rows.length - 1]!;
  const span = useSpan(trace.trace_id, idOf(spans, row), spans.status[row]!, true);
  if (span.error) return <Problem error={span.error} onRetry={() => void span.refetch()} />;
  if (!span.data) return <p className="faint">loading…</p>;
  const { inputs, input_info, outputs, output_info } = span.data;
  const model = calls.agent === null ? 'the model' : visible(calls.agent);
  const times = calls.rows.length;
  return (
    <>
      <Payload
        title={`${times} ${times === 1 ? 'call' : 'calls'} of ${model}`}
        value={inputs}
        info={input_info}
      />
      {!alone && <Payload title="Answer" value={outputs} info={output_info} />}
    </>
  );
}

function Windows({ trace }: { trace: Trace }) {
  const skeleton = useSpansOf(trace);
  const spans = useMemo(() => skeleton.data && spansOf(skeleton.data), [skeleton.data]);
  if (skeleton.error) return <Problem error={skeleton.error} onRetry={() => void skeleton.refetch()} />;
  if (!spans) return <p className="faint">loading…</p>;
  const agents = callsByAgent(spans);
  if (agents.length === 0) return <p className="faint">No model was called in this trace.</p>;
  return agents.map((calls) => (
    <Window key={calls.agent} trace={trace} spans={spans} calls={calls} alone={agents.length === 1} />
  ));
}

/** What the agents of a trace did for its answer; asked for when one comes near it. */
export default function Work({ trace }: { trace: Trace }) {
  const [ref, seen] = useSeen<HTMLDivElement>();
  return (
    <div className="work" ref={ref}>
      {seen && <Windows trace={trace} />}
    </div>
  );
}
