import { cost, count, plain } from '../../lib/format';
import type { Span } from '../../lib/types';
import { Value } from '../../parts/Value';
import type { Conversation } from './calls';

function Fact({ name, note, children }: { name: string; note?: string; children: React.ReactNode }) {
  return (
    <tr title={note}>
      <th>{name}</th>
      <td className="num">{children}</td>
    </tr>
  );
}

function Tokens({ value, estimate }: { value: number | null; estimate?: boolean }) {
  return (
    <>
      {estimate && value !== null && '~'}
      <Value shown={count(value)} exact={value} />
    </>
  );
}

/** What one call took, what it sent again, and what that cost. */
export function CallFacts({ call, span }: { call: Conversation; span: Span | undefined }) {
  const fresh =
    call.prompt_tokens === null || call.resent_tokens_estimate === null
      ? null
      : call.prompt_tokens - call.resent_tokens_estimate;
  const behind = call.uncached_resent_tokens_estimate;
  return (
    <section className="call-facts">
      <table className="facts">
        <tbody>
          <Fact name="Window">
            <Tokens value={call.prompt_tokens} />
          </Fact>
          <Fact name="New" note="Its share of the bytes of the input, of the tokens that were reported">
            <Tokens value={fresh} estimate />
          </Fact>
          <Fact name="Sent before" note="Messages that an earlier call had sent: their share of the bytes">
            <Tokens value={call.resent_tokens_estimate} estimate />
          </Fact>
          <Fact name="Cached" note="As the provider reported it">
            <Tokens value={call.cached_tokens} />
          </Fact>
          <Fact
            name="Carried cost"
            note="Share of the bytes that were sent before, times the cost of the input"
          >
            {call.carried_cost_estimate !== null && '~'}
            <Value shown={cost(call.carried_cost_estimate)} exact={call.carried_cost_estimate} />
          </Fact>
          <Fact name="Output">
            <Tokens value={span?.usage.completion_tokens ?? null} />
          </Fact>
          <Fact name="Cost">
            <Value shown={cost(span?.usage.total_cost)} exact={span?.usage.total_cost} />
          </Fact>
        </tbody>
      </table>
      {call.prefix_broke_at !== null && (
        <p className="broke">
          The beginning changed at message {call.prefix_broke_at + 1} (
          {call.messages[call.prefix_broke_at]?.role ?? 'its end'}): what lies behind is in no cache
          {behind !== null && `, ~${plain(count(behind))} tokens that were sent before`}.
        </p>
      )}
    </section>
  );
}
