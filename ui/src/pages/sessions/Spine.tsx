import { cost, duration, moment, plain } from '../../lib/format';
import { visible } from '../../lib/visible';
import { StatusMark } from '../../parts/StatusMark';
import { Value } from '../../parts/Value';
import type { Turn } from './queries';

/** The turns as a list to go through, and what each of them cost. */
export function Spine({
  turns,
  current,
  onTurn,
}: {
  turns: readonly Turn[];
  current: number;
  onTurn: (at: number) => void;
}) {
  const most = Math.max(1e-12, ...turns.map((turn) => turn.trace.total_cost ?? 0));
  return (
    <nav className="spine" aria-label="Turns">
      {turns.map(({ trace }, at) => (
        <button
          key={trace.trace_id}
          aria-current={at === current}
          title={`${moment(trace.start_time)}, ${plain(duration(trace.duration_ms))}`}
          onClick={() => {
            onTurn(at);
          }}
        >
          <span className="faint num">{at + 1}</span>
          <StatusMark status={trace.status} compact />
          <span className="clip">{visible(trace.name || trace.trace_id.slice(0, 8))}</span>
          <Value shown={cost(trace.total_cost)} exact={trace.total_cost} />
          <i style={{ width: `${((trace.total_cost ?? 0) / most) * 100}%` }} />
        </button>
      ))}
    </nav>
  );
}
