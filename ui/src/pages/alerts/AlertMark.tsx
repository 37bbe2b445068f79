import type { IconName } from '../../icons.gen';
import type { AlertState } from '../../lib/alerts';
import { Icon } from '../../parts/Icon';

const marks: Readonly<Record<AlertState, readonly [icon: IconName, word: string, meaning: string]>> = {
  firing: ['alerts', 'firing', 'the threshold is passed'],
  pending: ['running', 'pending', 'the threshold is passed, not for long enough yet'],
  no_data: ['unknown', 'no data', 'no span was there to look at'],
  ok: ['success', 'ok', 'the threshold is not passed'],
};

/** In the order of what one wants to know first. */
export const alertStates = Object.keys(marks) as readonly AlertState[];

/** Glyph, word and colour: never colour alone. */
export function AlertMark({ state }: { state: AlertState }) {
  const [icon, word, meaning] = marks[state];
  return (
    <span className={`status ${state}`} title={meaning}>
      <Icon name={icon} size={13} />
      <span>{word}</span>
    </span>
  );
}
