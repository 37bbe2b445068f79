import { useQuery } from '@tanstack/react-query';
import { cost, count, duration } from '../../lib/format';
import { runQuery, type Cell } from '../../lib/query';
import type { Trace } from '../../lib/types';
import { Problem } from '../../parts/Problem';
import { counts, numbers, TableCard, type TableColumn } from '../../parts/TableCard';

const cuts = [
  ['model', 'By model', 'model != null'],
  ['span_type', 'By type', ''],
  ['name', 'By tool', 'type = tool'],
] as const;

type Row = readonly Cell[];

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
  const rows = answer.data?.rows;
  const most = Math.max(1e-12, ...(rows ?? []).map((row) => Number(row[2] ?? 0)));
  const number = (at: number) => (row: Row) => row[at] as number | null;
  const columns: readonly TableColumn<Row>[] = [
    {
      title: 'Name',
      className: 'clip',
      share: (row) => Number(row[2] ?? 0) / most,
      cell: ([name]) => (name === null ? <span className="faint">none</span> : String(name)),
    },
    counts('Spans', (row) => Number(row[1])),
    numbers('Tokens', number(3), count),
    {
      ...numbers('Time', number(4), duration),
      hint: 'The sum of what each took; what runs side by side counts twice',
    },
    numbers('Cost', number(2), cost),
  ];
  return (
    <TableCard
      title={title}
      columns={columns}
      rows={rows}
      keyOf={(row) => String(row[0])}
      empty="None in this trace."
    />
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
