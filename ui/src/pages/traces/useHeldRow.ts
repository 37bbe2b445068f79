import { useCallback, useLayoutEffect, useRef, type RefObject } from 'react';
import type { Trace } from '../../lib/types';

/** A row that stays where it is in the window. */
interface Held {
  readonly id: string;
  /** How much of it is above the edge. */
  readonly abovePx: number;
  readonly newestId: string;
}

/** What it returns holds the topmost row that is seen in its place until newer traces have come into the
 * list above it. */
export function useHeldRow(
  scroller: RefObject<HTMLElement | null>,
  traces: readonly Trace[],
  rowPx: number,
): () => void {
  const held = useRef<Held | null>(null);
  useLayoutEffect(() => {
    const row = held.current;
    if (!row || !scroller.current || traces[0]?.trace_id === row.newestId) return;
    held.current = null;
    const index = traces.findIndex((trace) => trace.trace_id === row.id);
    if (index >= 0) scroller.current.scrollTop = index * rowPx + row.abovePx;
  }, [traces, scroller, rowPx]);
  return useCallback(() => {
    const top = scroller.current?.scrollTop ?? 0;
    const trace = traces[Math.floor(top / rowPx)];
    const newest = traces[0];
    if (trace && newest)
      held.current = { id: trace.trace_id, abovePx: top % rowPx, newestId: newest.trace_id };
  }, [traces, scroller, rowPx]);
}
