import { useMemo } from 'react';
import { Link } from 'wouter';
import { bytes, dayOf } from '../../lib/format';
import { rangeText } from '../../lib/range';
import { stackOf, type StackPoint } from '../../lib/stack';
import { StackedBars } from '../../parts/StackedBars';
import { counts, numbers, TableCard, type TableColumn } from '../../parts/TableCard';
import type { Histogram } from '../traces/queries';
import { DAY_S, hotBytes, keptFrom, timeOf, type Stats } from './stats';

const DAYS_LEAST = 30;
const DAYS_SHOWN = 60;

function hrefOf(time: number): string {
  return `/traces?range=${encodeURIComponent(rangeText(time, time + DAY_S))}`;
}

/** What each day takes on the disk, of those that are not too long ago. */
export function BytesByDay({ stats, now }: { stats: Stats; now: number }) {
  const today = Math.floor(now / DAY_S) * DAY_S;
  const from = keptFrom(stats, now);
  const stack = useMemo(() => {
    const points = stats.days.flatMap((day): StackPoint[] => [
      { time: timeOf(day), name: 'Payloads', value: day.payload_bytes },
      { time: timeOf(day), name: 'Spans', value: day.span_bytes },
    ]);
    points.push({ time: today, name: 'Not compacted', value: hotBytes(stats) });
    const first = Math.min(...points.map((point) => point.time), (from ?? today) - DAY_S);
    const back = (days: number) => today - (days - 1) * DAY_S;
    const fromS = Math.max(Math.min(first, back(DAYS_LEAST)), back(DAYS_SHOWN));
    return stackOf(points, { fromS, toS: today + DAY_S, stepS: DAY_S });
  }, [stats, today, from]);
  return (
    <section className="card">
      <StackedBars
        title="Bytes by day"
        stack={stack}
        show={bytes}
        stepS={DAY_S}
        now={now}
        timeName={dayOf}
        mark={from === null ? null : { time: from, words: 'older ones go' }}
        hrefOf={hrefOf}
      />
    </section>
  );
}

interface Day {
  readonly time: number;
  readonly traces: number;
  readonly errors: number;
}

/** The newest days, whatever the length of the buckets. */
function daysOf(histogram: Histogram): Day[] {
  const days = new Map<number, Day>();
  for (const bucket of histogram.buckets) {
    const time = Math.floor(bucket.start_time / DAY_S) * DAY_S;
    const day = days.get(time) ?? { time, traces: 0, errors: 0 };
    days.set(time, { time, traces: day.traces + bucket.traces, errors: day.errors + bucket.errors });
  }
  return [...days.values()].sort((a, b) => b.time - a.time).slice(0, DAYS_SHOWN);
}

export function Days({ stats, histogram }: { stats: Stats; histogram: Histogram | undefined }) {
  const days = histogram && daysOf(histogram).filter((day) => day.traces > 0);
  const most = Math.max(1, ...(days ?? []).map((day) => day.traces));
  const sizes = new Map(stats.days.map((day) => [timeOf(day), day.span_bytes + day.payload_bytes]));
  const columns: readonly TableColumn<Day>[] = [
    {
      title: 'Day, UTC',
      share: (day) => day.traces / most,
      cell: (day) => <Link href={hrefOf(day.time)}>{dayOf(day.time)}</Link>,
    },
    counts('Traces', (day) => day.traces),
    { ...counts('Failed', (day) => day.errors), failed: (day) => day.errors > 0 },
    numbers('Compacted', (day) => sizes.get(day.time), bytes),
  ];
  return (
    <TableCard
      title="Days"
      columns={columns}
      rows={days}
      keyOf={(day) => day.time}
      empty="Nothing has been written yet."
    />
  );
}
