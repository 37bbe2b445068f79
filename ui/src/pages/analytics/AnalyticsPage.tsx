import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link } from 'wouter';
import { get } from '../../lib/api';
import { cost, count, duration, hourOf, percent, plain } from '../../lib/format';
import { rangeText } from '../../lib/range';
import type { CostRow, Costs, LatencyRow, Overview } from '../../lib/types';
import { useUrlState } from '../../lib/urlState';
import { Icon } from '../../parts/Icon';
import { Problem } from '../../parts/Problem';
import { Value } from '../../parts/Value';
import { LatencyOverTime, type LatencyPoint } from './LatencyOverTime';
import { Errors, Tools, TopTraces } from './Tops';
import { Figures } from './Figures';
import './analytics.css';

interface Latency {
  readonly by_span_type: readonly LatencyRow[];
  readonly series?: readonly LatencyPoint[];
}

const REFRESH_MS = 10_000;
/** Length, name, and length of a point of its charts. */
const windows = [
  ['1h', 'Last hour', '1m', 60],
  ['24h', 'Last 24 hours', '30m', 1800],
  ['7d', 'Last 7 days', '6h', 21_600],
  ['30d', 'Last 30 days', '1d', 86_400],
] as const;

function useAnalytics<T>(what: string, window: string, every?: string) {
  return useQuery({
    queryKey: ['analytics', what, window, every],
    queryFn: ({ signal }) => get<T>(`/analytics/${what}`, { window, every }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

function LatencyTable({ rows }: { rows: readonly LatencyRow[] }) {
  const longest = Math.max(1e-9, ...rows.map((row) => row.p99_ms ?? 0));
  const share = (ms: number | null) => `${Math.sqrt((ms ?? 0) / longest) * 100}%`;
  return (
    <section className="card">
      <h2>Latency by span type</h2>
      <table className="grid">
        <thead>
          <tr>
            <th>Type</th>
            <th className="num">Spans</th>
            <th className="num">Errors</th>
            <th className="num">p50</th>
            <th className="num">p95</th>
            <th className="num">p99</th>
            <th className="wide" title="Square root scale: p50 dark, p95, p99 light">
              p50 · p95 · p99
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.span_type}>
              <td>
                <Link className="type" href={`/traces?q=${encodeURIComponent(`type = ${row.span_type}`)}`}>
                  <Icon name={row.span_type} color={`var(--t-${row.span_type})`} />
                  {row.span_type}
                </Link>
              </td>
              <td className="num">{row.count.toLocaleString('en')}</td>
              <td className="num">
                <Value shown={percent(row.error_rate)} exact={row.error_rate} />
              </td>
              <td className="num">
                <Value shown={duration(row.p50_ms)} exact={row.p50_ms} />
              </td>
              <td className="num">
                <Value shown={duration(row.p95_ms)} exact={row.p95_ms} />
              </td>
              <td className="num">
                <Value shown={duration(row.p99_ms)} exact={row.p99_ms} />
              </td>
              <td className="wide">
                <div className="whisker" aria-hidden="true">
                  <i style={{ width: share(row.p99_ms) }} />
                  <i style={{ width: share(row.p95_ms) }} />
                  <i style={{ width: share(row.p50_ms) }} />
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface CostLine extends CostRow {
  readonly name: string;
  readonly href: string | null;
}

function CostTable({ title, rows }: { title: string; rows: readonly CostLine[] }) {
  const most = Math.max(1e-12, ...rows.map((row) => row.total_cost ?? 0));
  return (
    <section className="card">
      <h2>{title}</h2>
      <table className="grid">
        <thead>
          <tr>
            <th>Name</th>
            <th className="num">Calls</th>
            <th className="num">Tokens</th>
            <th className="num">Cached</th>
            <th className="num">Cost</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td
                className="clip share"
                style={{ backgroundSize: `${((row.total_cost ?? 0) / most) * 100}% 100%` }}
              >
                {row.href ? <Link href={row.href}>{row.name}</Link> : <span className="dim">{row.name}</span>}
              </td>
              <td className="num">{row.calls.toLocaleString('en')}</td>
              <td className="num">
                <Value shown={count(row.total_tokens)} exact={row.total_tokens} />
              </td>
              <td className="num">
                <Value shown={count(row.cached_tokens)} exact={row.cached_tokens} />
              </td>
              <td className="num">
                <Value shown={cost(row.total_cost)} exact={row.total_cost} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CostOverTime({ series, step }: { series: Costs['series']; step: number }) {
  const most = Math.max(1e-12, ...series.map((point) => point.total_cost ?? 0));
  return (
    <section className="card">
      <h2>
        Cost over time <span className="faint">at most {plain(cost(most))}</span>
      </h2>
      <div className="bars" role="group" aria-label={`Cost over time, at most ${plain(cost(most))}`}>
        {series.map((point) => (
          <Link
            key={point.time}
            href={`/traces?range=${encodeURIComponent(rangeText(point.time, point.time + step))}`}
            title={`${hourOf(point.time)}: ${plain(cost(point.total_cost))}, ${point.calls} calls`}
          >
            <i style={{ height: `${((point.total_cost ?? 0) / most) * 100}%` }} />
          </Link>
        ))}
      </div>
    </section>
  );
}

function filterHref(field: string, value: string | null): string | null {
  return value === null ? null : `/traces?q=${encodeURIComponent(`${field} = "${value}"`)}`;
}

/** What the agents did, how fast, at what cost; each figure against the window before. */
export default function AnalyticsPage() {
  const [values, set] = useUrlState();
  const window = values.get('range') ?? '24h';
  const overview = useAnalytics<Overview>('overview', window);
  const [, , every, step] = windows.find(([value]) => value === window) ?? windows[1];
  const latency = useAnalytics<Latency>('latency', window, every);
  const costs = useAnalytics<Costs>('cost', window, every);
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
        <select
          className="button"
          aria-label="Range"
          value={window}
          onChange={(event) => {
            set({ range: event.target.value });
          }}
        >
          {windows.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </header>
      {error && (
        <Problem
          error={error}
          onRetry={() => void Promise.all([overview.refetch(), latency.refetch(), costs.refetch()])}
        />
      )}
      {overview.data && (
        <Figures overview={overview.data} window={window} every={every} costs={costs.data?.series ?? []} />
      )}
      {costs.data && <CostOverTime series={costs.data.series} step={step} />}
      {latency.data && <LatencyOverTime series={latency.data.series ?? []} step={step} />}
      <div className="two">
        {latency.data && <LatencyTable rows={latency.data.by_span_type} />}
        {costs.data && (
          <div className="stack">
            <CostTable
              title="Cost by model"
              rows={costs.data.by_model.map((row) => ({
                ...row,
                name: row.model ?? 'no model',
                href: filterHref('model', row.model),
              }))}
            />
            <CostTable
              title="Cost by agent"
              rows={costs.data.by_agent.map((row) => ({
                ...row,
                name: row.agent ?? 'no agent',
                href: filterHref('agent', row.agent),
              }))}
            />
            <CostTable
              title="Cost by prompt"
              rows={costs.data.by_prompt.map((row) => ({
                ...row,
                name:
                  row.prompt_name === null ? 'no prompt' : `${row.prompt_name} v${row.prompt_version ?? '?'}`,
                href: filterHref('prompt_name', row.prompt_name),
              }))}
            />
          </div>
        )}
        <Tools window={window} />
        <Errors window={window} />
        <TopTraces window={window} sort="-duration" title="Slowest traces" />
        <TopTraces window={window} sort="-cost" title="Dearest traces" />
      </div>
    </div>
  );
}
