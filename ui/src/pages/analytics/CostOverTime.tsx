import { useMemo } from 'react';
import { cost } from '../../lib/format';
import { rangeText } from '../../lib/range';
import { stackOf, type StackPoint } from '../../lib/stack';
import type { CostRow } from '../../lib/types';
import { useUrlState } from '../../lib/urlState';
import { Segments } from '../../parts/Segments';
import { StackedBars } from '../../parts/StackedBars';
import { useAnalytics, type Span } from './queries';

const groups = [
  ['model', 'Model'],
  ['agent', 'Agent'],
  ['prompt', 'Prompt'],
] as const;
type By = (typeof groups)[number][0];

interface SeriesRow extends CostRow {
  readonly time: number;
  readonly model?: string | null;
  readonly agent?: string | null;
  readonly prompt_name?: string | null;
  readonly prompt_version?: number | null;
}

function nameOf(row: SeriesRow, by: By): string {
  if (by !== 'prompt') return row[by] ?? `no ${by}`;
  return row.prompt_name == null ? 'no prompt' : `${row.prompt_name} v${row.prompt_version ?? '?'}`;
}

/** What was spent when, and on what. */
export function CostOverTime({ span }: { span: Span }) {
  const [values, set] = useUrlState();
  const by = groups.find(([value]) => value === values.get('by'))?.[0] ?? 'model';
  const { data, dataUpdatedAt } = useAnalytics<{ readonly series: readonly SeriesRow[] }>('cost', span, {
    by,
  });
  const { fromS, toS, stepS } = span;
  const stack = useMemo(() => {
    const points = (data?.series ?? []).map((row): StackPoint => ({
      time: row.time,
      name: nameOf(row, by),
      value: row.total_cost ?? 0,
    }));
    return stackOf(points, { fromS, toS, stepS });
  }, [data, by, fromS, toS, stepS]);
  return (
    <section className="card">
      <StackedBars
        title="Cost over time"
        stack={stack}
        show={cost}
        stepS={stepS}
        now={dataUpdatedAt / 1000}
        tools={
          <Segments
            label="By"
            options={groups}
            value={by}
            onChange={(next) => {
              set({ by: next === 'model' ? null : next });
            }}
          />
        }
        hrefOf={(time) => `/traces?range=${encodeURIComponent(rangeText(time, time + stepS))}`}
      />
    </section>
  );
}
