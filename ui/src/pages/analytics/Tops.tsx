import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { get } from '../../lib/api';
import { cost, duration, percent } from '../../lib/format';
import { quoted } from '../../lib/completion';
import { withDigits } from '../../lib/ids';
import { runQuery, type Cell, type Query } from '../../lib/query';
import type { Trace, TraceList } from '../../lib/types';
import { visible } from '../../lib/visible';
import { counts, numbers, TableCard, type TableColumn } from '../../parts/TableCard';
import { tracesHref, type Span } from './queries';

const SHOWN = 10;

function useTop({ range, bounds }: Span, query: Query) {
  return useQuery({
    queryKey: ['top', range, query],
    queryFn: ({ signal }) => runQuery({ ...query, ...bounds, limit: SHOWN }, signal),
    placeholderData: keepPreviousData,
  });
}

/** The name of what a row is about, filled as far as its part of the greatest. */
function named<R>(
  title: string,
  rows: readonly R[] | undefined,
  {
    nameOf,
    hrefOf,
    sizeOf,
  }: { nameOf: (row: R) => string; hrefOf: (row: R) => string; sizeOf: (row: R) => number | null },
): TableColumn<R> {
  const most = Math.max(1e-12, ...(rows ?? []).map((row) => sizeOf(row) ?? 0));
  return {
    title,
    className: 'clip',
    share: (row) => (sizeOf(row) ?? 0) / most,
    cell: (row) => <Link href={hrefOf(row)}>{visible(nameOf(row))}</Link>,
  };
}

const EMPTY = 'None in this time.';
type Row = readonly Cell[];
const text = (at: number) => (row: Row) => String(row[at]);
const number = (at: number) => (row: Row) => row[at] as number | null;
const whole = (at: number) => (row: Row) => Number(row[at]);

export function Tools({ span }: { span: Span }) {
  const { data } = useTop(span, {
    filter: 'type = tool',
    group_by: ['name'],
    aggregates: ['count', 'error_rate', 'p95:duration'],
  });
  const columns: readonly TableColumn<Row>[] = [
    named('Tool', data?.rows, {
      nameOf: text(0),
      hrefOf: (row) => tracesHref(span.range, `type = tool and name = ${quoted(text(0)(row))}`),
      sizeOf: number(1),
    }),
    counts('Calls', whole(1)),
    { ...numbers('Failed', number(2), percent), failed: (row) => whole(2)(row) > 0 },
    numbers('p95', number(3), duration),
  ];
  return <TableCard title="Tools" columns={columns} rows={data?.rows} keyOf={text(0)} empty={EMPTY} />;
}

export function Errors({ span }: { span: Span }) {
  const { data } = useTop(span, {
    filter: 'status = error',
    group_by: ['name', 'status_message'],
    aggregates: ['count', 'traces'],
  });
  const columns: readonly TableColumn<Row>[] = [
    named('Span', data?.rows, {
      nameOf: text(0),
      hrefOf: (row) => tracesHref(span.range, `status = error and name = ${quoted(text(0)(row))}`),
      sizeOf: number(2),
    }),
    {
      title: 'Message',
      className: 'clip dim',
      cell: (row) => (row[1] === null ? '—' : visible(text(1)(row))),
    },
    counts('Spans', whole(2)),
    counts('Traces', whole(3)),
  ];
  return (
    <TableCard
      title="Errors"
      columns={columns}
      rows={data?.rows}
      keyOf={(row) => `${text(0)(row)} ${text(1)(row)}`}
      empty={EMPTY}
    />
  );
}

export function TopTraces({ span, by, title }: { span: Span; by: 'duration' | 'cost'; title: string }) {
  const { data } = useQuery({
    queryKey: ['top traces', span.range, by],
    queryFn: ({ signal }) =>
      get<TraceList>('/traces', { ...span.bounds, sort: `-${by}`, limit: SHOWN }, signal),
    placeholderData: keepPreviousData,
  });
  const columns: readonly TableColumn<Trace>[] = [
    named('Trace', data?.traces, {
      nameOf: (trace) => trace.name || trace.trace_id.slice(0, 8),
      hrefOf: (trace) => `/traces/${withDigits(trace).trace_id}`,
      sizeOf: (trace) => (by === 'cost' ? trace.total_cost : trace.duration_ms),
    }),
    counts('Spans', (trace) => trace.span_count),
    numbers('Duration', (trace) => trace.duration_ms, duration),
    numbers('Cost', (trace) => trace.total_cost, cost),
  ];
  return (
    <TableCard
      title={title}
      columns={columns}
      rows={data?.traces}
      keyOf={(trace) => trace.trace_id}
      empty={EMPTY}
    />
  );
}
