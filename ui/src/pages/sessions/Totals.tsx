import { cost, count, duration } from '../../lib/format';
import { visible } from '../../lib/visible';
import { Value } from '../../parts/Value';
import type { Turn, WholeSession } from './queries';

const DEAREST = 10;

function Names({ title, names }: { title: string; names: readonly (string | null)[] }) {
  const all = [...new Set(names.flatMap((name) => name ?? []))];
  if (all.length === 0) return null;
  return (
    <tr>
      <th scope="row">{title}</th>
      <td>{all.map(visible).join(', ')}</td>
    </tr>
  );
}

/** The turns that cost most, by number. */
function Dearest({ turns }: { turns: readonly Turn[] }) {
  const dearest = turns
    .map((turn, at) => ({ number: at + 1, usd: turn.trace.total_cost ?? 0 }))
    .filter((turn) => turn.usd > 0)
    .sort((a, b) => b.usd - a.usd)
    .slice(0, DEAREST);
  const most = dearest[0]?.usd;
  if (most === undefined) return null;
  return (
    <>
      <h2>Dearest turns</h2>
      <ul className="dearest">
        {dearest.map(({ number, usd }) => (
          <li key={number}>
            <span className="num">{number}</span>
            <i style={{ width: `${(usd / most) * 100}%` }} />
            <Value shown={cost(usd)} exact={usd} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** What the session came to. */
export function Totals({ session, turns }: { session: WholeSession; turns: readonly Turn[] }) {
  const rows = [
    ['Traces', count(session.trace_count), session.trace_count],
    ['Errors', count(session.error_count), session.error_count],
    ['Time', duration(session.duration_ms), session.duration_ms],
    ['Input tokens', count(session.prompt_tokens), session.prompt_tokens],
    ['Output tokens', count(session.completion_tokens), session.completion_tokens],
    ['Cost', cost(session.total_cost), session.total_cost],
  ] as const;
  return (
    <aside className="session-totals" aria-label="Totals">
      <table className="facts">
        <tbody>
          {rows.map(([title, shown, exact]) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              <td className="num">
                <Value shown={shown} exact={exact} />
              </td>
            </tr>
          ))}
          <Names title="Models" names={turns.map((turn) => turn.trace.model)} />
          <Names title="Agents" names={turns.map((turn) => turn.trace.agent)} />
        </tbody>
      </table>
      <Dearest turns={turns} />
    </aside>
  );
}
