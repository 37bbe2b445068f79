/** What the end of a trace waited for. */
import { childRows, endTime, type Spans } from './spans';
import type { SpanType } from './types';

export interface CriticalPath {
  /** 1 for each row that is on it. */
  readonly on: Uint8Array;
  /** Milliseconds of the path that a type itself took. */
  readonly byType: ReadonlyMap<SpanType, number>;
}

/** From the end of a root back: always the child that ended last before the time one has come to. */
export function criticalPath(spans: Spans, now: number): CriticalPath {
  const on = new Uint8Array(spans.count);
  const byType = new Map<SpanType, number>();
  const stack: { row: number; until: number }[] = [];
  for (let row = 0; row < spans.count; row = spans.end[row]!)
    stack.push({ row, until: endTime(spans, row, now) });
  for (let top = stack.pop(); top; top = stack.pop()) {
    on[top.row] = 1;
    const last = top.until;
    const kids = childRows(spans, top.row).sort((a, b) => endTime(spans, b, now) - endTime(spans, a, now));
    let until = last;
    let own = 0;
    for (const kid of kids) {
      const end = Math.min(endTime(spans, kid, now), last);
      if (end > until || spans.start[kid]! >= until) continue;
      own += until - end;
      stack.push({ row: kid, until: end });
      until = spans.start[kid]!;
    }
    own += Math.max(0, until - spans.start[top.row]!);
    const type = spans.type[top.row]!;
    byType.set(type, (byType.get(type) ?? 0) + own);
  }
  return { on, byType };
}
