import { count, plain } from '../../lib/format';
import { byRole, type Conversation } from './calls';

/** A column for each call, stacked by role: how the context window grew, and where its beginning changed. */
export function Strip({
  calls,
  first,
  current,
  onCall,
}: {
  calls: readonly (Conversation | undefined)[];
  /** Number of the first of them. */
  first: number;
  current: number;
  onCall: (call: number) => void;
}) {
  const sizes = calls.map((call) => call?.messages.reduce((sum, one) => sum + one.bytes, 0) ?? 0);
  const most = Math.max(1, ...sizes);
  return (
    <div className="strip" role="group" aria-label="Context window of each call">
      {calls.map((call, index) => {
        const number = first + index;
        const tokens = plain(count(call?.prompt_tokens));
        const broke = call?.prefix_broke_at != null;
        return (
          <button
            key={number}
            aria-current={number === current}
            aria-label={`Call ${number + 1}, ${tokens} tokens${broke ? ', its beginning changed' : ''}`}
            title={`Call ${number + 1}: ${tokens} tokens${broke ? ', its beginning changed' : ''}`}
            onClick={() => {
              onCall(number);
            }}
          >
            <span className="strip-break">{broke && '▼'}</span>
            <span className="strip-column">
              {call &&
                byRole(call.messages).map(({ role, bytes }) => (
                  <i key={role} className={`role-${role}`} style={{ height: `${(bytes / most) * 100}%` }} />
                ))}
            </span>
          </button>
        );
      })}
    </div>
  );
}
