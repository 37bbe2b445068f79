import { Link } from 'wouter';
import { cost, count, duration, moment, plain } from '../../lib/format';
import type { CostDetails, Span, SpanType, Status } from '../../lib/types';
import { useUrlState } from '../../lib/urlState';
import { visible } from '../../lib/visible';
import { Icon } from '../../parts/Icon';
import { Problem } from '../../parts/Problem';
import { StatusMark } from '../../parts/StatusMark';
import { Value } from '../../parts/Value';
import type { Conversation } from '../conversation/calls';
import { useConversation } from '../conversation/queries';
import { Json } from './Json';
import type { Resent } from './Messages';
import { Payload } from './Payload';
import { useSpan } from './queries';
import { Scores } from './Scores';
import { Words } from './Words';

const tabs = ['Content', 'Usage', 'Attributes', 'Events', 'Scores'] as const;
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
  const conversation = useConversation(
    span.trace_id,
    span.span_id,
    span.span_type === 'llm' && span.status !== 'running',
  );
  const whole = useSpan(span.trace_id, span.span_id, span.status, true);
  if (whole.error) return <Problem error={whole.error} onRetry={() => void whole.refetch()} />;
  if (!whole.data) return <p className="faint">loading…</p>;
  const { inputs, outputs, input_info, output_info, error, status_message } = whole.data;
  const nothing = [inputs, outputs, error, status_message].every(
    (value) => value === null || value === undefined,
  );
  return (
    <>
      {status_message && <p className="failed">{visible(status_message)}</p>}
      {typeof error === 'string' && (
        <section className="payload">
          <h3 className="failed">Error</h3>
          <Words text={error} plainText />
        </section>
      )}
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

/** Each class of tokens times its price: how the cost came about. */
function Arithmetic({ details }: { details: CostDetails }) {
  return (
    <table className="facts">
      <caption>
        Prices of {details.model}, table of {details.prices}
        {details.batch && ', batch'}
      </caption>
      <tbody>
        {details.lines.map((line) => (
          <tr key={line.class}>
            <th>{line.class.replaceAll('_', ' ')}</th>
            <td className="num">{line.tokens.toLocaleString('en')}</td>
            <td className="num faint">× ${line.usd_per_million}/M =</td>
            <td className="num">
              <Value shown={cost(line.cost)} exact={line.cost} />
            </td>
          </tr>
        ))}
        <tr>
          <th>Sum</th>
          <td />
          <td />
          <td className="num strong">
            <Value shown={cost(details.total_cost)} exact={details.total_cost} />
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function Usage({ span }: { span: Span }) {
  const { usage } = span;
  const whole = useSpan(span.trace_id, span.span_id, span.status, true);
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
    <>
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
      {whole.data?.cost_details && <Arithmetic details={whole.data.cost_details} />}
    </>
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
      {span.prompt_name && (
        <p>
          <Link
            className="button"
            href={`/prompts/${encodeURIComponent(span.prompt_name)}?v=${span.prompt_version ?? ''}`}
          >
            Prompt {span.prompt_name} v{span.prompt_version ?? '?'}
          </Link>
        </p>
      )}
      {span.links.map((link) => (
        <p key={link.span_id}>
          <Link className="button mono" href={`/traces/${link.trace_id}?span=${link.span_id}`}>
            linked: {link.span_id}
          </Link>
        </p>
      ))}
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

/** Everything about one span. What the tree knows of it is there at once, the rest comes when it is looked
 * at. */
export function Inspector({
  traceId,
  spanId,
  type,
  name,
  status,
}: {
  traceId: string;
  spanId: string;
  type: SpanType;
  name: string;
  status: Status;
}) {
  const [values, setUrl] = useUrlState();
  const tab = tabs.find((one) => one === values.get('tab')) ?? 'Content';
  const query = useSpan(traceId, spanId, status, false);
  const span = query.data?.span_id === spanId ? query.data : undefined;
  return (
    <aside className="inspector" aria-label={`Span ${name}`}>
      <header>
        <h2>
          <Icon name={type} color={`var(--t-${type})`} />
          <span className="clip">{visible(name)}</span>
        </h2>
        <div className="inspector-facts">
          <span className="dim">{type}</span>
          {span?.model && <span className="dim">{span.model}</span>}
          <StatusMark status={status} />
          {span && (
            <Value
              shown={duration(span.duration_ms)}
              exact={span.duration_ms === null ? null : `${span.duration_ms} ms`}
            />
          )}
          {span && span.usage.total_cost !== null && (
            <Value shown={cost(span.usage.total_cost)} exact={span.usage.total_cost} />
          )}
        </div>
        <div className="tabs" role="tablist" aria-label="About the span">
          {tabs.map((one) => (
            <button
              key={one}
              role="tab"
              aria-selected={one === tab}
              onClick={() => {
                setUrl({ tab: one === 'Content' ? null : one });
              }}
            >
              {one}
            </button>
          ))}
        </div>
      </header>
      <div className="inspector-body" role="tabpanel" tabIndex={0} aria-label={tab}>
        {query.error && <Problem error={query.error} onRetry={() => void query.refetch()} />}
        {span && tab === 'Content' && <Content key={spanId} span={span} />}
        {span && tab === 'Usage' && <Usage span={span} />}
        {span && tab === 'Attributes' && <Facts span={span} />}
        {span && tab === 'Events' && <Events span={span} />}
        {span && tab === 'Scores' && <Scores key={spanId} span={span} />}
      </div>
    </aside>
  );
}
