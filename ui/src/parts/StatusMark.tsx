import type { IconName } from '../icons.gen';
import type { Status } from '../lib/types';
import { Icon } from './Icon';

const marks: Record<Status, readonly [icon: IconName, word: string, meaning: string]> = {
  success: ['success', 'success', 'ended well'],
  error: ['cross', 'error', 'ended with an error'],
  running: ['running', 'running', 'has not ended yet'],
  interrupted: ['interrupted', 'interrupted', 'its writer died here'],
  unknown: ['unknown', 'unknown', 'its writer is on another machine and cannot be asked'],
  lost_contact: ['interrupted', 'lost contact', 'its writer has not been heard of for long'],
};

/** Glyph, word and colour: never colour alone. compact: the word is for those who hear the page. */
export function StatusMark({ status, compact = false }: { status: Status; compact?: boolean }) {
  const [icon, word, meaning] = marks[status];
  return (
    <span className={`status ${status}`} title={compact ? `${word}: ${meaning}` : meaning}>
      <Icon name={icon} size={13} />
      <span className={compact ? 'hidden-text' : undefined}>{word}</span>
    </span>
  );
}
