import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { get } from '../../lib/api';
import { cost, count, duration, percent, plain, type Shown } from '../../lib/format';
import { runQuery } from '../../lib/query';
import type { Costs, Overview } from '../../lib/types';
import { Spark } from '../../parts/Spark';
import { Value } from '../../parts/Value';
import type { Histogram } from '../traces/queries';
import type { Span } from './queries';

type Values = readonly (number | null)[];

/** How many points a line of a figure has. */
const POINTS = 30;

/** The change against the window before; more is worse for all but the neutral ones. */
function Delta({ now, before, neutral }: { now: number | null; before: number | null; neutral: boolean }) {
  if (now === null || before === null || before === 0) return null;
  const change = now / before - 1;
  const kind = neutral || Math.abs(change) < 0.01 ? 'dim' : change > 0 ? 'worse' : 'better';
  const sign = change > 0 ? '+' : change < 0 ? '−' : '±';
  const text =
    change > 9 ? `×${plain(count(Math.round(change + 1)))}` : sign + plain(percent(Math.abs(change)));
  return (
    <span className={kind} title="Against the window before">
      {text}
    </span>
  );
}

function Figure({
  title,
  show,
  now,
  before,
  neutral = false,
  values,
}: {
  title: string;
  show: (value: number | null) => Shown;
  now: number | null;
  before: number | null;
  neutral?: boolean;
  values: Values;
}) {
  return (
    <div className="figure">
      <h2>{title}</h2>
      <p>
        <Value shown={show(now)} exact={now} /> <Delta now={now} before={before} neutral={neutral} />
      </p>
      <Spark values={values} />
    </div>
  );
}

/** Traces and failed ones, and how long traces took, over the window. */
function useCourse({ range, bounds, every }: Span) {
  const { data: traces } = useQuery({
    queryKey: ['course of traces', range],
    queryFn: ({ signal }) => get<Histogram>('/traces/histogram', { ...bounds, buckets: POINTS }, signal),
    placeholderData: keepPreviousData,
  });
  const { data: latency } = useQuery({
    queryKey: ['course of latency', range, every],
    queryFn: ({ signal }) =>
      runQuery({ ...bounds, every, aggregates: ['avg:trace.duration', 'p95:trace.duration'] }, signal),
    placeholderData: keepPreviousData,
  });
  const buckets = traces?.buckets ?? [];
  const rows = latency?.rows ?? [];
  return {
    requests: buckets.map((bucket) => bucket.traces),
    errorRate: buckets.map((bucket) => (bucket.traces > 0 ? bucket.errors / bucket.traces : null)),
    average: rows.map((row) => row[1] as number | null),
    p95: rows.map((row) => row[2] as number | null),
  };
}

/** What the window comes to, beside the one before, and how it came there. */
export function Figures({
  overview: now,
  span,
  costs,
}: {
  overview: Overview;
  span: Span;
  costs: Costs['series'];
}) {
  const before = now.previous;
  const course = useCourse(span);
  return (
    <div className="figures card">
      <Figure
        title="Requests"
        show={count}
        now={now.requests}
        before={before.requests}
        neutral
        values={course.requests}
      />
      <Figure
        title="Error rate"
        show={percent}
        now={now.error_rate}
        before={before.error_rate}
        values={course.errorRate}
      />
      <Figure
        title="Cost"
        show={cost}
        now={now.total_cost}
        before={before.total_cost}
        values={costs.map((point) => point.total_cost)}
      />
      <Figure
        title="Tokens"
        show={count}
        now={now.total_tokens}
        before={before.total_tokens}
        neutral
        values={costs.map((point) => point.total_tokens)}
      />
      <Figure
        title="Average latency"
        show={duration}
        now={now.avg_latency_ms}
        before={before.avg_latency_ms}
        values={course.average}
      />
      <Figure
        title="p95 latency"
        show={duration}
        now={now.p95_latency_ms}
        before={before.p95_latency_ms}
        values={course.p95}
      />
    </div>
  );
}
