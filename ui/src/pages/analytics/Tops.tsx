import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { get } from '../../lib/api';
import { cost, duration, percent } from '../../lib/format';
import { quoted } from '../../lib/completion';
import { withDigits } from '../../lib/ids';
import { runQuery, type Query } from '../../lib/query';
import type { TraceList } from '../../lib/types';
import { visible } from '../../lib/visible';
import { Value } from '../../parts/Value';
import { tracesHref, type Span } from './queries';

const SHOWN = 10;

function useTop({ range, bounds }: Span, query: Query) {
  return useQuery({
    queryKey: ['top', range, query],
    queryFn: ({ signal }) => runQuery({ ...query, ...bounds, limit: SHOWN }, signal),
    placeholderData: keepPreviousData,
  });
}

/** A card with a table, or with a word where there is nothing. */
function Card({ title, empty, children }: { title: string; empty: boolean; children: ReactNode }) {
  return (
    <section className="card">
      <h2>{title}</h2>
      {empty ? <p className="none faint">None in this time.</p> : <table className="grid">{children}</table>}
    </section>
  );
}

export function Tools({ span }: { span: Span }) {
  const { data } = useTop(span, {
    filter: 'type = tool',
    group_by: ['name'],
    aggregates: ['count', 'error_rate', 'p95:duration'],
  });
  return (
    <Card title="Tools" empty={data?.rows.length === 0}>
      <thead>
        <tr>
          <th>Tool</th>
          <th className="num">Calls</th>
          <th className="num">Failed</th>
          <th className="num">p95</th>
        </tr>
      </thead>
      <tbody>
        {data?.rows.map(([name, calls, failed, p95]) => (
          <tr key={String(name)}>
            <td className="clip share">
              <Link href={tracesHref(span.range, `type = tool and name = ${quoted(String(name))}`)}>
                {visible(String(name))}
              </Link>
            </td>
            <td className="num">{Number(calls).toLocaleString('en')}</td>
            <td className={Number(failed) > 0 ? 'num failed' : 'num'}>
              <Value shown={percent(failed as number | null)} exact={failed as number | null} />
            </td>
            <td className="num">
              <Value shown={duration(p95 as number | null)} exact={p95 as number | null} />
            </td>
          </tr>
        ))}
      </tbody>
    </Card>
  );
}

export function Errors({ span }: { span: Span }) {
  const { data } = useTop(span, {
    filter: 'status = error',
    group_by: ['name', 'status_message'],
    aggregates: ['count', 'traces'],
  });
  return (
    <Card title="Errors" empty={data?.rows.length === 0}>
      <thead>
        <tr>
          <th>Span</th>
          <th>Message</th>
          <th className="num">Spans</th>
          <th className="num">Traces</th>
        </tr>
      </thead>
      <tbody>
        {data?.rows.map(([name, message, spans, traces]) => (
          <tr key={`${String(name)} ${String(message)}`}>
            <td className="clip share">
              <Link href={tracesHref(span.range, `status = error and name = ${quoted(String(name))}`)}>
                {visible(String(name))}
              </Link>
            </td>
            <td className="clip dim share">{message === null ? '—' : visible(String(message))}</td>
            <td className="num">{Number(spans).toLocaleString('en')}</td>
            <td className="num">{Number(traces).toLocaleString('en')}</td>
          </tr>
        ))}
      </tbody>
    </Card>
  );
}

export function TopTraces({ span, sort, title }: { span: Span; sort: string; title: string }) {
  const { data } = useQuery({
    queryKey: ['top traces', span.range, sort],
    queryFn: ({ signal }) => get<TraceList>('/traces', { ...span.bounds, sort, limit: SHOWN }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Card title={title} empty={data?.traces.length === 0}>
      <thead>
        <tr>
          <th>Trace</th>
          <th className="num">Spans</th>
          <th className="num">Duration</th>
          <th className="num">Cost</th>
        </tr>
      </thead>
      <tbody>
        {data?.traces.map((trace) => (
          <tr key={trace.trace_id}>
            <td className="clip share">
              <Link href={`/traces/${withDigits(trace).trace_id}`}>
                {visible(trace.name || trace.trace_id.slice(0, 8))}
              </Link>
            </td>
            <td className="num">{trace.span_count.toLocaleString('en')}</td>
            <td className="num">
              <Value shown={duration(trace.duration_ms)} exact={trace.duration_ms} />
            </td>
            <td className="num">
              <Value shown={cost(trace.total_cost)} exact={trace.total_cost} />
            </td>
          </tr>
        ))}
      </tbody>
    </Card>
  );
}
