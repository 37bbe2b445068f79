import { cost, count, duration, percent } from '../../lib/format';
import { Value } from '../../parts/Value';
import type { Totals } from './queries';

/** What the filtered traces come to. */
export function TotalsLine({ totals }: { totals: Totals | undefined }) {
  if (!totals) return <div className="totals" />;
  return (
    <div className="totals" role="status">
      <span>
        <b className="num">{totals.traces.toLocaleString('en')}</b> traces
      </span>
      <span>
        errors <Value shown={percent(totals.error_rate)} />
      </span>
      <span>
        cost <Value shown={cost(totals.total_cost)} exact={totals.total_cost} />
      </span>
      <span>
        each <Value shown={cost(totals.avg_cost)} exact={totals.avg_cost} />
      </span>
      <span>
        average <Value shown={duration(totals.avg_duration_ms)} />
      </span>
      <span>
        p95 <Value shown={duration(totals.p95_duration_ms)} />
      </span>
      <span className="hidden-text">{count(totals.traces).text} traces are listed</span>
    </div>
  );
}
