import { useState } from 'react';
import { Icon } from './Icon';

const SAID_MS = 1500;

/** Copies a text, and says so. */
export function Copy({ text, label, words }: { text: string; label: string; words?: string }) {
  const [done, setDone] = useState(false);
  return (
    <button
      className={words ? 'button' : 'button plain icon'}
      aria-label={words ? undefined : label}
      title={label}
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          setDone(true);
          setTimeout(() => {
            setDone(false);
          }, SAID_MS);
        });
      }}
    >
      <Icon name={done ? 'check' : 'copy'} size={14} />
      {words && (done ? 'Copied' : words)}
      <span className="hidden-text" aria-live="polite">
        {done ? 'Copied' : ''}
      </span>
    </button>
  );
}
