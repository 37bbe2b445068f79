import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { duration, percent } from '../../lib/format';
import type { Line } from '../../lib/lines';
import { rangeText } from '../../lib/range';
import type { LatencyRow } from '../../lib/types';
import { LineChart } from '../../parts/LineChart';
import { Segments } from '../../parts/Segments';

const percentiles = [
  ['p50_ms', 'p50'],
  ['p95_ms', 'p95'],
  ['p99_ms', 'p99'],
] as const;

export type LatencyPoint = LatencyRow & { readonly time: number };

/** A line for each type of span, the most frequent first. */
function linesOf(series: readonly LatencyPoint[], valueOf: (point: LatencyPoint) => number | null): Line[] {
  const byType = new Map<string, { count: number; points: Line['points'][number][] }>();
  for (const point of series) {
    const line = byType.get(point.span_type) ?? { count: 0, points: [] };
    line.count += point.count;
    line.points.push({ x: point.time, y: valueOf(point) });
    byType.set(point.span_type, line);
  }
  return [...byType]
    .sort((a, b) => b[1].count - a[1].count)
    .map(([title, { points }]): Line => ({ title, points }));
}

interface OverTime {
  readonly series: readonly LatencyPoint[];
  readonly step: number;
  readonly onRange: (from: number, to: number) => void;
}

/** A point leads to its traces. */
function useOpen({ step }: OverTime, q: string): (x: number) => void {
  const [, navigate] = useLocation();
  return (x) => {
    navigate(`/traces?range=${encodeURIComponent(rangeText(x, x + step))}&q=${encodeURIComponent(q)}`);
  };
}

export function LatencyOverTime(props: OverTime) {
  const { series, onRange } = props;
  const [measure, setMeasure] = useState<(typeof percentiles)[number][0]>('p95_ms');
  const lines = useMemo(() => linesOf(series, (point) => point[measure]), [series, measure]);
  const open = useOpen(props, '');
  if (lines.length === 0) return null;
  return (
    <section className="card">
      <LineChart
        title="Latency over time"
        lines={lines}
        show={duration}
        tools={<Segments label="Percentile" options={percentiles} value={measure} onChange={setMeasure} />}
        onPoint={open}
        onRange={onRange}
      />
    </section>
  );
}

/** The share of spans that failed, of those types of which some did. */
export function ErrorsOverTime(props: OverTime) {
  const { series, onRange } = props;
  const lines = useMemo(
    () => linesOf(series, (point) => point.error_rate).filter((line) => line.points.some(({ y }) => y)),
    [series],
  );
  const open = useOpen(props, 'status = error');
  return (
    <section className="card">
      {lines.length === 0 ? (
        <>
          <h2>Error rate over time</h2>
          <p className="none faint">No span failed in this time.</p>
        </>
      ) : (
        <LineChart
          title="Error rate over time"
          lines={lines}
          show={percent}
          onPoint={open}
          onRange={onRange}
        />
      )}
    </section>
  );
}
