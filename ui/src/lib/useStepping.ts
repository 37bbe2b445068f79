import { useEffect, useState } from 'react';

const PLAY_MS = 1000;

/** Goes through `count` things one by one, by hand or by itself; `go` shows the one at a place.
 * current: -1 is before the first. */
export function useStepping(
  current: number,
  count: number,
  go: (at: number) => void,
  everyMs: number = PLAY_MS,
) {
  const [playing, setPlaying] = useState(false);
  const atEnd = current >= count - 1;
  useEffect(() => {
    if (!playing) return;
    if (atEnd) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => {
      go(current + 1);
    }, everyMs);
    return () => {
      clearTimeout(timer);
    };
  }, [playing, atEnd, current, go, everyMs]);
  return {
    playing,
    /** From here on; at the end, once more from the beginning. */
    toggle: () => {
      if (!playing && (atEnd || current < 0)) go(0);
      setPlaying(!playing);
    },
    step: (by: number) => {
      go(Math.min(count - 1, Math.max(0, current + by)));
    },
  };
}
