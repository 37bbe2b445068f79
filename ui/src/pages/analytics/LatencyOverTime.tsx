import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { duration } from '../../lib/format';
import type { Line } from '../../lib/lines';
import { rangeText } from '../../lib/range';
import type { LatencyRow } from '../../lib/types';
import { LineChart } from '../../parts/LineChart';

const measures = [
  ['p50_ms', 'p50'],
  ['p95_ms', 'p95'],
  ['p99_ms', 'p99'],
] as const;

export type LatencyPoint = LatencyRow & { readonly time: number };

/** A line for each type of span, the most frequent first. A point leads to its traces. */
export function LatencyOverTime({ series, step }: { series: readonly LatencyPoint[]; step: number }) {
  const [, navigate] = useLocation();
  const [measure, setMeasure] = useState<(typeof measures)[number][0]>('p95_ms');
  const lines = useMemo(() => {
    const byType = new Map<string, { count: number; points: Line['points'][number][] }>();
    for (const point of series) {
      const line = byType.get(point.span_type) ?? { count: 0, points: [] };
      line.count += point.count;
      line.points.push({ x: point.time, y: point[measure] });
      byType.set(point.span_type, line);
    }
    return [...byType]
      .sort((a, b) => b[1].count - a[1].count)
      .map(([title, { points }]): Line => ({ title, points }));
  }, [series, measure]);
  if (lines.length === 0) return null;
  const open = (from: number, to: number) => {
    navigate(`/traces?range=${encodeURIComponent(rangeText(from, to))}`);
  };
  const percentiles = (
    <div className="segments" role="group" aria-label="Percentile">
      {measures.map(([one, label]) => (
        <button
          key={one}
          aria-pressed={one === measure}
          onClick={() => {
            setMeasure(one);
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
  return (
    <section className="card">
      <LineChart
        title="Latency over time"
        lines={lines}
        show={duration}
        tools={percentiles}
        onPoint={(x) => {
          open(x, x + step);
        }}
        onRange={open}
      />
    </section>
  );
}
