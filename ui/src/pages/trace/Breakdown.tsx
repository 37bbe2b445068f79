import { useQuery } from '@tanstack/react-query';
import { cost, count, duration } from '../../lib/format';
import { runQuery } from '../../lib/query';
import type { Trace } from '../../lib/types';
import { Problem } from '../../parts/Problem';
import { Value } from '../../parts/Value';

const cuts = [
  ['model', 'By model', 'model != null'],
  ['span_type', 'By type', ''],
  ['name', 'By tool', 'type = tool'],
] as const;

function Cut({ trace, by, title, only }: { trace: Trace; by: string; title: string; only: string }) {
  const filter = `trace_id = ${trace.trace_id}${only && ` and ${only}`}`;
  const answer = useQuery({
    queryKey: ['breakdown', filter, by, trace.span_count, trace.status],
    queryFn: ({ signal }) =>
      runQuery(
        {
          filter,
          group_by: [by],
          aggregates: ['count', 'sum:cost', 'sum:tokens', 'sum:duration', 'error_rate'],
          sort: ['-sum:cost', '-sum:duration'],
          from: trace.start_time - 1,
        },
        signal,
      ),
  });
  if (answer.error) return <Problem error={answer.error} onRetry={() => void answer.refetch()} />;
  const rows = answer.data?.rows ?? [];
  const most = Math.max(1e-12, ...rows.map((row) => Number(row[2] ?? 0)));
  return (
    <section className="card">
      <h2>{title}</h2>
      {answer.isSuccess && rows.length === 0 && <p className="none faint">None in this trace.</p>}
      {rows.length > 0 && (
        <table className="grid">
          <thead>
            <tr>
              <th>Name</th>
              <th className="num">Spans</th>
              <th className="num">Tokens</th>
              <th className="num" title="The sum of what each took; what runs side by side counts twice">
                Time
              </th>
              <th className="num">Cost</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, spans, usd, tokens, ms]) => (
              <tr key={String(name)}>
                <td
                  className="clip share"
                  style={{ backgroundSize: `${(Number(usd ?? 0) / most) * 100}% 100%` }}
                >
                  {name === null ? <span className="faint">none</span> : String(name)}
                </td>
                <td className="num">{Number(spans).toLocaleString('en')}</td>
                <td className="num">
                  <Value shown={count(tokens as number | null)} exact={tokens as number | null} />
                </td>
                <td className="num">
                  <Value shown={duration(ms as number | null)} exact={ms as number | null} />
                </td>
                <td className="num">
                  <Value shown={cost(usd as number | null)} exact={usd as number | null} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** What this trace cost, by what it was spent on. Usage that several spans report counts once. */
export function Breakdown({ trace }: { trace: Trace }) {
  return (
    <div className="breakdown">
      {cuts.map(([by, title, only]) => (
        <Cut key={by} trace={trace} by={by} title={title} only={only} />
      ))}
    </div>
  );
}
