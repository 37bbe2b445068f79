import { useEffect } from 'react';

export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** A key that presses what has the focus. */
function presses({ key, target }: KeyboardEvent): boolean {
  return (
    (key === 'Enter' || key === ' ') &&
    target instanceof Element &&
    target.closest('a, button, summary, [role=button]') !== null
  );
}

/** Calls what belongs to a key ("j", "Enter", "g t": two in a row), but not while one types. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    let before = '';
    let beforeAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || presses(event)) return;
      const pair = event.timeStamp - beforeAt < 1000 ? `${before} ${event.key}` : '';
      before = event.key;
      beforeAt = event.timeStamp;
      const call = keys[pair] ?? keys[event.key];
      if (!call) return;
      event.preventDefault();
      call(event);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [keys]);
}
