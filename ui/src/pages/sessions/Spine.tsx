import { duration, moment } from '../../lib/format';
import { visible } from '../../lib/visible';
import { StatusMark } from '../../parts/StatusMark';
import { Value } from '../../parts/Value';
import type { Turn } from './queries';

/** The turns as a list to go through. */
export function Spine({
  turns,
  current,
  onTurn,
}: {
  turns: readonly Turn[];
  current: number;
  onTurn: (at: number) => void;
}) {
  return (
    <nav className="spine turn-list" aria-label="Turns">
      {turns.map(({ trace }, at) => (
        <button
          key={trace.trace_id}
          aria-current={at === current}
          title={moment(trace.start_time)}
          onClick={() => {
            onTurn(at);
          }}
        >
          <span className="faint num">{at + 1}</span>
          <StatusMark status={trace.status} compact />
          <span className="clip">{visible(trace.name || trace.trace_id.slice(0, 8))}</span>
          <Value shown={duration(trace.duration_ms)} exact={trace.duration_ms} />
        </button>
      ))}
    </nav>
  );
}
