import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../../lib/api';
import { bytes, cost, count, duration, moment, plain } from '../../lib/format';
import { messagesOf } from '../../lib/messages';
import type { PayloadInfo, Span } from '../../lib/types';
import { Icon } from '../../parts/Icon';
import { Problem } from '../../parts/Problem';
import { StatusMark } from '../../parts/StatusMark';
import { Value } from '../../parts/Value';
import { Json } from './Json';
import { Messages, Words, type Resent } from './Messages';
import { useConversation, type Conversation } from './useConversation';

const tabs = ['Content', 'Usage', 'Attributes', 'Events', 'Scores'] as const;
type Tab = (typeof tabs)[number];

function Payload({
  title,
  value,
  info,
  resentOf,
}: {
  title: string;
  value: unknown;
  info: PayloadInfo | null | undefined;
  /** Of so many messages: which were sent before. */
  resentOf?: (messages: number) => Resent | undefined;
}) {
  const [raw, setRaw] = useState(false);
  if (value === undefined || value === null) return null;
  const messages = raw ? null : messagesOf(value);
  return (
    <section className="payload">
      <h3>
        {title}
        {info && (
          <span className="faint">
            {plain(bytes(info.size_bytes))} {info.media_type}
          </span>
        )}
        <button
          className="button plain"
          aria-pressed={raw}
          onClick={() => {
            setRaw(!raw);
          }}
        >
          Raw
        </button>
      </h3>
      {messages ? (
        <Messages messages={messages} resent={resentOf?.(messages.length)} />
      ) : typeof value === 'string' ? (
        <Words text={value} />
      ) : (
        <Json value={value} />
      )}
    </section>
  );
}

/** The messages at the front that the call before had sent, unless the two lists are of different things. */
function resentIn(conversation: Conversation | undefined, messages: number): Resent | undefined {
  if (!conversation?.compared_to || conversation.messages.length !== messages) return undefined;
  const firstNew = conversation.messages.findIndex((message) => message.new);
  const sent = firstNew < 0 ? messages : firstNew;
  if (sent === 0) return undefined;
  const { resent_tokens_estimate: tokens, carried_cost_estimate: carried } = conversation;
  const parts = [`${sent} messages sent before`];
  if (tokens !== null) parts.push(`~${plain(count(tokens))} tokens`);
  if (carried !== null) parts.push(`~${plain(cost(carried))} to send again`);
  return { count: sent, note: parts.join(' · ') };
}

function Content({ span }: { span: Span }) {
  const running = span.status === 'running';
  const conversation = useConversation(span);
  const whole = useQuery({
    queryKey: ['span', span.trace_id, span.span_id, span.status],
    queryFn: ({ signal }) =>
      get<Span>(`/spans/${span.span_id}`, { trace_id: span.trace_id, include_blobs: true }, signal),
    staleTime: running ? 0 : Infinity,
  });
  if (whole.error) return <Problem error={whole.error} onRetry={() => void whole.refetch()} />;
  if (!whole.data) return <p className="faint">loading…</p>;
  const { inputs, outputs, input_info, output_info, error, status_message } = whole.data;
  const nothing = [inputs, outputs, error, status_message].every(
    (value) => value === null || value === undefined,
  );
  return (
    <>
      {status_message && <p className="failed">{status_message}</p>}
      <Payload title="Error" value={error} info={null} />
      <Payload
        title="Input"
        value={inputs}
        info={input_info}
        resentOf={(messages) => resentIn(conversation.data, messages)}
      />
      <Payload title="Output" value={outputs} info={output_info} />
      {nothing && <p className="faint">This span recorded no input and no output.</p>}
    </>
  );
}

function Usage({ span }: { span: Span }) {
  const { usage } = span;
  const uncached = usage.prompt_tokens === null ? null : usage.prompt_tokens - (usage.cached_tokens ?? 0);
  const rows: readonly (readonly [string, number | null])[] = [
    ['Input', usage.prompt_tokens],
    ['of it cached', usage.cached_tokens],
    ['of it not cached', usage.cached_tokens === null ? null : uncached],
    ['written to the cache', usage.cache_write_tokens],
    ['Output', usage.completion_tokens],
    ['of it reasoning', usage.reasoning_tokens],
    ['All tokens', usage.total_tokens],
  ];
  const known = rows.filter(([, value]) => value !== null);
  if (known.length === 0 && usage.total_cost === null) return <p className="faint">No usage was reported.</p>;
  return (
    <table className="facts">
      <tbody>
        {known.map(([name, value]) => (
          <tr key={name}>
            <th>{name}</th>
            <td className="num">{value?.toLocaleString('en')}</td>
          </tr>
        ))}
        <tr>
          <th>Cost</th>
          <td className="num">
            <Value shown={cost(usage.total_cost)} exact={usage.total_cost} />
            {usage.cost_source && <span className="faint"> {usage.cost_source}</span>}
            {usage.total_cost === null && span.model && (
              <span className="faint"> no price for {span.model}</span>
            )}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function Facts({ span }: { span: Span }) {
  const rows: readonly (readonly [string, string | null])[] = [
    ['Span', span.span_id],
    ['Started', moment(span.start_time)],
    ['Time to first token', span.ttft_ms === null ? null : plain(duration(span.ttft_ms))],
    ['Model', span.model],
    ['Provider', span.provider],
    ['Agent', span.agent],
    ['Operation', span.operation],
    ['Service', span.service],
  ];
  return (
    <>
      <table className="facts">
        <tbody>
          {rows.map(
            ([name, value]) =>
              value !== null && (
                <tr key={name}>
                  <th>{name}</th>
                  <td className="mono">{value}</td>
                </tr>
              ),
          )}
        </tbody>
      </table>
      {Object.keys(span.attributes).length > 0 && <Json value={span.attributes} />}
    </>
  );
}

function Events({ span }: { span: Span }) {
  if (span.events.length === 0) return <p className="faint">No events.</p>;
  return (
    <>
      {span.events.map((event, index) => (
        <section key={index} className="payload">
          <h3>
            {event.name}
            <span className="faint">+{plain(duration((event.time - span.start_time) * 1000))}</span>
          </h3>
          {event.attributes && <Json value={event.attributes} />}
        </section>
      ))}
    </>
  );
}

function Scores({ span }: { span: Span }) {
  if (span.scores.length === 0) return <p className="faint">No scores.</p>;
  return (
    <table className="facts">
      <tbody>
        {span.scores.map((score) => (
          <tr key={score.id}>
            <th>{score.name}</th>
            <td className="num">{score.value ?? score.label}</td>
            <td className="dim">{score.comment}</td>
            <td className="faint">{score.source}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Everything about one span. Its payloads come when it is looked at. */
export function Inspector({ span }: { span: Span }) {
  const [tab, setTab] = useState<Tab>('Content');
  return (
    <aside className="inspector" aria-label={`Span ${span.name}`}>
      <header>
        <h2>
          <Icon name={span.span_type} color={`var(--t-${span.span_type})`} />
          <span className="clip">{span.name}</span>
        </h2>
        <div className="inspector-facts">
          <span className="dim">{span.span_type}</span>
          {span.model && <span className="dim">{span.model}</span>}
          <StatusMark status={span.status} />
          <Value
            shown={duration(span.duration_ms)}
            exact={span.duration_ms === null ? null : `${span.duration_ms} ms`}
          />
          {span.usage.total_cost !== null && (
            <Value shown={cost(span.usage.total_cost)} exact={span.usage.total_cost} />
          )}
        </div>
        <div className="tabs" role="tablist">
          {tabs.map((name) => (
            <button
              key={name}
              role="tab"
              aria-selected={name === tab}
              onClick={() => {
                setTab(name);
              }}
            >
              {name}
            </button>
          ))}
        </div>
      </header>
      <div className="inspector-body" role="tabpanel">
        {tab === 'Content' && <Content key={span.span_id} span={span} />}
        {tab === 'Usage' && <Usage span={span} />}
        {tab === 'Attributes' && <Facts span={span} />}
        {tab === 'Events' && <Events span={span} />}
        {tab === 'Scores' && <Scores span={span} />}
      </div>
    </aside>
  );
}
