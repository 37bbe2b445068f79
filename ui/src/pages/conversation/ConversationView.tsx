import { useMemo } from 'react';
import { Link } from 'wouter';
import { cost, count, duration, plain } from '../../lib/format';
import { messageAt } from '../../lib/messageAt';
import { idOf, known } from '../../lib/spans';
import { useKeys } from '../../lib/useKeys';
import { useStepping } from '../../lib/useStepping';
import { useUrlState } from '../../lib/urlState';
import { PlayButton } from '../../parts/PlayButton';
import { Problem } from '../../parts/Problem';
import { MessageView } from '../trace/Messages';
import { Payload } from '../trace/Payload';
import { useSpan } from '../trace/queries';
import type { TraceView } from '../trace/useTraceView';
import { callsByAgent, type Conversation } from './calls';
import { CallFacts } from './CallFacts';
import { useConversation, useConversations } from './queries';
import { Strip } from './Strip';
import './conversation.css';

const STRIP_CALLS = 60;

function Sent({ call, inputs, whole }: { call: Conversation; inputs: unknown; whole: boolean }) {
  const old = call.messages.filter((message) => !message.new).length;
  const shown = call.messages.filter((message) => whole || message.new);
  return (
    <>
      {!whole && old > 0 && (
        <p className="unchanged">
          {old} {old === 1 ? 'message' : 'messages'} sent before
          {call.resent_tokens_estimate !== null && ` · ~${plain(count(call.resent_tokens_estimate))} tokens`}
          {call.cached_tokens !== null && ` · ${plain(count(call.cached_tokens))} cached`}
        </p>
      )}
      {shown.map((sent) => (
        <MessageView
          key={sent.pointer}
          message={messageAt(inputs, sent)}
          isNew={sent.new}
          note={sent.tokens_estimate === null ? null : `~${plain(count(sent.tokens_estimate))} tokens`}
        />
      ))}
      {shown.length === 0 && <p className="faint">Nothing new was sent.</p>}
    </>
  );
}

function Call({ view, row, whole }: { view: TraceView; row: number; whole: boolean }) {
  const { spans, trace } = view;
  const id = idOf(spans, row);
  const call = useConversation(trace.trace_id, id);
  const span = useSpan(trace.trace_id, id, spans.status[row]!, true);
  if (call.error) return <Problem error={call.error} onRetry={() => void call.refetch()} />;
  if (!call.data || !span.data) return <p className="faint">loading…</p>;
  return (
    <div className="call-body">
      <div className="call-messages">
        <Sent call={call.data} inputs={span.data.inputs} whole={whole} />
        <Payload title="Answer" value={span.data.outputs} info={span.data.output_info} />
        <Link
          className="button"
          href={`/traces/${trace.trace_id}?span=${id}`}
          title={`${spans.name[row]!}, ${plain(duration(known(spans.duration[row])))}`}
        >
          To the span
        </Link>
      </div>
      <CallFacts call={call.data} span={span.data} />
    </div>
  );
}

/** What the agent's model calls came to: what they sent again, and what that cost. */
function Sums({ calls }: { calls: readonly (Conversation | undefined)[] }) {
  const sum = (of: (call: Conversation) => number | null) =>
    calls.reduce<number | null>((total, call) => {
      const value = call ? of(call) : null;
      return value === null ? total : (total ?? 0) + value;
    }, null);
  const resent = sum((call) => call.resent_tokens_estimate);
  const carried = sum((call) => call.carried_cost_estimate);
  const broken = calls.filter((call) => call?.prefix_broke_at != null).length;
  return (
    <span className="dim">
      sent again {resent === null ? '—' : `~${plain(count(resent))} tokens`}
      {carried !== null && ` · carried ~${plain(cost(carried))}`}
      {broken > 0 && ` · beginning changed ${broken} ${broken === 1 ? 'time' : 'times'}`}
    </span>
  );
}

/** The context window of an agent, call by call: what each one added, what was sent again, where the
 * beginning changed and with it the provider's cache was lost. */
export default function ConversationView({ view }: { view: TraceView }) {
  const { spans, trace } = view;
  const [values, setUrl] = useUrlState();
  const lanes = useMemo(() => callsByAgent(spans), [spans]);
  const lane = lanes.find((one) => one.agent === values.get('lane')) ?? lanes[0];
  const rows = lane?.rows ?? [];
  const current = Math.min(rows.length - 1, Math.max(0, Number(values.get('call') ?? 1) - 1));
  const whole = values.get('window') === 'whole';
  const first = Math.max(0, Math.min(rows.length - STRIP_CALLS, current - STRIP_CALLS / 2));
  const ids = rows.slice(first, first + STRIP_CALLS).map((row) => idOf(spans, row));
  const calls = useConversations(trace.trace_id, ids);
  const go = (call: number) => {
    setUrl({ call: String(call + 1) });
  };
  const { playing, toggle, step } = useStepping(current, rows.length, go);
  useKeys({
    h: () => {
      step(-1);
    },
    l: () => {
      step(1);
    },
  });
  const row = rows[current];
  if (row === undefined)
    return (
      <div className="empty">
        <h2>No model was called in this trace</h2>
      </div>
    );
  return (
    <div className="conversation">
      <div className="view-bar">
        {lanes.length > 1 && (
          <label className="dim">
            Agent{' '}
            <select
              className="button"
              value={lane?.agent ?? ''}
              onChange={(event) => {
                setUrl({ lane: event.target.value, call: null });
              }}
            >
              {lanes.map((one) => (
                <option key={one.agent} value={one.agent ?? ''}>
                  {one.agent ?? 'no agent'}
                </option>
              ))}
            </select>
          </label>
        )}
        <PlayButton playing={playing} onToggle={toggle} />
        <input
          type="range"
          min={1}
          max={rows.length}
          value={current + 1}
          aria-label="Call"
          onChange={(event) => {
            go(Number(event.target.value) - 1);
          }}
        />
        <span className="num" role="status">
          call {current + 1} of {rows.length}
        </span>
        <Sums calls={calls} />
        <span className="space" />
        <span className="segments" role="group" aria-label="Messages">
          {(['new', 'whole'] as const).map((one) => (
            <button
              key={one}
              aria-pressed={whole === (one === 'whole')}
              onClick={() => {
                setUrl({ window: one === 'whole' ? one : null });
              }}
            >
              {one === 'whole' ? 'Whole window' : 'New'}
            </button>
          ))}
        </span>
      </div>
      <Strip calls={calls} first={first} current={current} onCall={go} />
      <Call key={row} view={view} row={row} whole={whole} />
    </div>
  );
}
