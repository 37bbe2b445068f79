import { useEffect, useMemo } from 'react';
import { Link } from 'wouter';
import { quoted } from '../../lib/completion';
import { cost, count, duration, percent } from '../../lib/format';
import { ranges, rangeText } from '../../lib/range';
import type { CostRow, Costs, LatencyRow, Overview } from '../../lib/types';
import { useNow } from '../../lib/useNow';
import { useUrlState } from '../../lib/urlState';
import { Icon } from '../../parts/Icon';
import { Problem } from '../../parts/Problem';
import { RangeChoice } from '../../parts/RangeChoice';
import { counts, numbers, TableCard, type TableColumn } from '../../parts/TableCard';
import { CostOverTime } from './CostOverTime';
import { Figures } from './Figures';
import { ErrorsOverTime, LatencyOverTime, type LatencyPoint } from './OverTime';
import { spanOf, tracesHref, useAnalytics } from './queries';
import { Errors, Tools, TopTraces } from './Tops';
import './analytics.css';

interface Latency {
  readonly by_span_type: readonly LatencyRow[];
  readonly series?: readonly LatencyPoint[];
}

const MINUTE_MS = 60_000;
const DEFAULT_RANGE = '-24h';
const choices = ranges.filter(([value]) => value !== 'all');

function LatencyTable({ rows, range }: { rows: readonly LatencyRow[]; range: string }) {
  const longest = Math.max(1e-9, ...rows.map((row) => row.p99_ms ?? 0));
  const share = (ms: number | null) => `${Math.sqrt((ms ?? 0) / longest) * 100}%`;
  const columns: readonly TableColumn<LatencyRow>[] = [
    {
      title: 'Type',
      cell: ({ span_type: type }) => (
        <Link className="type" href={tracesHref(range, `type = ${type}`)}>
          <Icon name={type} color={`var(--t-${type})`} />
          {type}
        </Link>
      ),
    },
    counts('Spans', (row) => row.count),
    numbers('Errors', (row) => row.error_rate, percent),
    numbers('p50', (row) => row.p50_ms, duration),
    numbers('p95', (row) => row.p95_ms, duration),
    numbers('p99', (row) => row.p99_ms, duration),
    {
      title: 'p50 · p95 · p99',
      hint: 'Square root scale: p50 dark, p95, p99 light',
      className: 'wide',
      cell: (row) => (
        <div className="whisker" aria-hidden="true">
          <i style={{ width: share(row.p99_ms) }} />
          <i style={{ width: share(row.p95_ms) }} />
          <i style={{ width: share(row.p50_ms) }} />
        </div>
      ),
    },
  ];
  return (
    <TableCard
      title="Latency by span type"
      columns={columns}
      rows={rows}
      keyOf={(row) => row.span_type}
      empty="No span ended in this time."
    />
  );
}

interface CostLine extends CostRow {
  readonly name: string;
  readonly href: string | null;
}

function CostTable({ title, rows }: { title: string; rows: readonly CostLine[] }) {
  const most = Math.max(1e-12, ...rows.map((row) => row.total_cost ?? 0));
  const columns: readonly TableColumn<CostLine>[] = [
    {
      title: 'Name',
      className: 'clip',
      share: (row) => (row.total_cost ?? 0) / most,
      cell: ({ name, href }) =>
        href ? <Link href={href}>{name}</Link> : <span className="dim">{name}</span>,
    },
    counts('Calls', (row) => row.calls),
    numbers('Tokens', (row) => row.total_tokens, count),
    numbers('Cached', (row) => row.cached_tokens, count),
    numbers('Cost', (row) => row.total_cost, cost),
  ];
  return (
    <TableCard
      title={title}
      columns={columns}
      rows={rows}
      keyOf={(row) => row.name}
      empty="None in this time."
    />
  );
}

function filterHref(range: string, field: string, value: string | null): string | null {
  return value === null ? null : tracesHref(range, `${field} = ${quoted(value)}`);
}

/** What the agents did, how fast, at what cost; each figure against the window before. */
export default function AnalyticsPage() {
  const [values, set] = useUrlState();
  const range = values.get('range') ?? DEFAULT_RANGE;
  // A minute is no other range: the charts stay where they are.
  const minute = Math.ceil(useNow(MINUTE_MS) / 60) * 60;
  const span = useMemo(() => spanOf(range, minute), [range, minute]);
  const overview = useAnalytics<Overview>('overview', span);
  const latency = useAnalytics<Latency>('latency', span);
  const costs = useAnalytics<Costs>('cost', span);
  const setRange = (from: number, to: number) => {
    set({ range: rangeText(from, to) }, 'push');
  };
  const error = overview.error ?? latency.error ?? costs.error;
  useEffect(() => {
    document.title = 'Analytics · OpenAgentTrace';
  }, []);
  return (
    <div className="analytics">
      <header>
        <h1>Analytics</h1>
        <span className="space" />
        <Link className="button" href="/analytics/query">
          Query
        </Link>
        <RangeChoice
          range={range}
          choices={choices}
          onChange={(next) => {
            set({ range: next }, 'push');
          }}
        />
      </header>
      {error && (
        <Problem
          error={error}
          onRetry={() => void Promise.all([overview.refetch(), latency.refetch(), costs.refetch()])}
        />
      )}
      {overview.data && <Figures overview={overview.data} span={span} costs={costs.data?.series ?? []} />}
      <CostOverTime span={span} />
      {latency.data && (
        <div className="two">
          <LatencyOverTime series={latency.data.series ?? []} step={span.stepS} onRange={setRange} />
          <ErrorsOverTime series={latency.data.series ?? []} step={span.stepS} onRange={setRange} />
        </div>
      )}
      <div className="two">
        {latency.data && <LatencyTable rows={latency.data.by_span_type} range={range} />}
        {costs.data && (
          <div className="stack">
            <CostTable
              title="Cost by model"
              rows={costs.data.by_model.map((row) => ({
                ...row,
                name: row.model ?? 'no model',
                href: filterHref(range, 'model', row.model),
              }))}
            />
            <CostTable
              title="Cost by agent"
              rows={costs.data.by_agent.map((row) => ({
                ...row,
                name: row.agent ?? 'no agent',
                href: filterHref(range, 'agent', row.agent),
              }))}
            />
            <CostTable
              title="Cost by prompt"
              rows={costs.data.by_prompt.map((row) => ({
                ...row,
                name:
                  row.prompt_name === null ? 'no prompt' : `${row.prompt_name} v${row.prompt_version ?? '?'}`,
                href: filterHref(range, 'prompt_name', row.prompt_name),
              }))}
            />
          </div>
        )}
        <Tools span={span} />
        <Errors span={span} />
        <TopTraces span={span} by="duration" title="Slowest traces" />
        <TopTraces span={span} by="cost" title="Dearest traces" />
      </div>
    </div>
  );
}
