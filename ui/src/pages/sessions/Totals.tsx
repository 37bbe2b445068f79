import { cost, count, duration } from '../../lib/format';
import { visible } from '../../lib/visible';
import { Value } from '../../parts/Value';
import type { Turn, WholeSession } from './queries';

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
    </aside>
  );
}
