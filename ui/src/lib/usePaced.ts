import { useCallback, useEffect, useRef } from 'react';

const SOON_MS = 60;
const REST = 4;

/** `work`, begun soon after it is asked for, never twice at once, and at rest for some times as long as it
 * took: what comes in bursts never keeps a page busy. */
export function usePaced(work: () => Promise<unknown>): () => void {
  const latest = useRef(work);
  latest.current = work;
  const state = useRef({ busy: false, again: false, timer: 0 });
  const ask = useCallback(() => {
    const now = state.current;
    if (now.busy) {
      now.again = true;
      return;
    }
    now.busy = true;
    now.timer = window.setTimeout(() => {
      const began = performance.now();
      void latest.current().finally(() => {
        now.timer = window.setTimeout(
          () => {
            now.busy = false;
            if (!now.again) return;
            now.again = false;
            ask();
          },
          (performance.now() - began) * REST,
        );
      });
    }, SOON_MS);
  }, []);
  useEffect(() => {
    const now = state.current;
    return () => {
      window.clearTimeout(now.timer);
      now.busy = false;
    };
  }, []);
  return ask;
}
