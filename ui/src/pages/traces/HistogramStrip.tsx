import { useRef, useState, type PointerEvent } from 'react';
import { hourOf } from '../../lib/format';
import type { Histogram } from './queries';

interface Brush {
  readonly from: number;
  readonly to: number;
}

/** How many traces began when, failed ones at the foot. Drag over it for a range of time. */
export function HistogramStrip({
  histogram,
  onRange,
}: {
  histogram: Histogram | undefined;
  onRange: (fromSeconds: number, toSeconds: number) => void;
}) {
  const strip = useRef<HTMLDivElement>(null);
  const [brush, setBrush] = useState<Brush | null>(null);
  const buckets = histogram?.buckets ?? [];
  const first = buckets[0];
  const top = Math.max(1, ...buckets.map((bucket) => bucket.traces));
  if (!histogram || !first) return <div className="histogram" />;

  const shareAt = (event: PointerEvent) => {
    const box = strip.current?.getBoundingClientRect();
    return box ? Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) : 0;
  };
  const timeAt = (share: number) => first.start_time + share * buckets.length * histogram.bucket_s;
  const end = () => {
    if (brush && Math.abs(brush.to - brush.from) > 0.005)
      onRange(timeAt(Math.min(brush.from, brush.to)), timeAt(Math.max(brush.from, brush.to)));
    setBrush(null);
  };
  return (
    <div
      className="histogram"
      ref={strip}
      role="img"
      aria-label={`Traces over time, at most ${top} in ${histogram.bucket_s} s`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setBrush({ from: shareAt(event), to: shareAt(event) });
      }}
      onPointerMove={(event) => {
        if (brush) setBrush({ ...brush, to: shareAt(event) });
      }}
      onPointerUp={end}
      onPointerCancel={() => {
        setBrush(null);
      }}
    >
      {buckets.map((bucket) => (
        <div
          key={bucket.start_time}
          className="histogram-bar"
          title={`${hourOf(bucket.start_time)}: ${bucket.traces} traces, ${bucket.errors} failed`}
        >
          <i style={{ height: `${((bucket.traces - bucket.errors) / top) * 100}%` }} />
          <b style={{ height: `${(bucket.errors / top) * 100}%` }} />
        </div>
      ))}
      {brush && (
        <div
          className="histogram-brush"
          style={{
            left: `${Math.min(brush.from, brush.to) * 100}%`,
            width: `${Math.abs(brush.to - brush.from) * 100}%`,
          }}
        />
      )}
    </div>
  );
}
