import { useMemo, useRef, useState, type PointerEvent } from 'react';
import { endTime, type Spans } from '../../lib/spans';
import { inkOf, startDrawing, useDrawing, useSize } from './canvas';
import type { Domain } from './lane';

const HEIGHT_PX = 40;
const LEAST_DRAG_PX = 4;

/** What each pixel column of the map shows. */
interface Columns {
  /** Levels of the deepest span there. */
  readonly depth: Uint16Array;
  readonly failed: Uint8Array;
  readonly critical: Uint8Array;
}

function columnsOf(
  spans: Spans,
  critical: Uint8Array | null,
  whole: Domain,
  now: number,
  width: number,
): Columns {
  const columns = {
    depth: new Uint16Array(width),
    failed: new Uint8Array(width),
    critical: new Uint8Array(width),
  };
  const scale = width / (whole.to - whole.from);
  for (let row = 0; row < spans.count; row++) {
    const from = Math.max(0, Math.floor((spans.start[row]! - whole.from) * scale));
    const to = Math.min(width - 1, Math.floor((endTime(spans, row, now) - whole.from) * scale));
    const level = spans.depth[row]! + 1;
    const leaf = spans.end[row] === row + 1;
    for (let x = from; x <= to; x++) {
      if (level > columns.depth[x]!) columns.depth[x] = level;
      if (leaf && critical?.[row]) columns.critical[x] = 1;
    }
    if (spans.status[row] === 'error' && to >= 0) columns.failed[Math.max(0, to)] = 1;
  }
  return columns;
}

/** The whole trace in a strip: how deep it is where, where it failed, and which part the lane shows. Drag
 * over it for a part; a double click shows the whole. */
export function Minimap({
  spans,
  critical,
  whole,
  domain,
  now,
  theme,
  onDomain,
}: {
  spans: Spans;
  critical: Uint8Array | null;
  whole: Domain;
  domain: Domain;
  now: number;
  theme: string;
  onDomain: (domain: Domain) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(box);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const columns = useMemo(
    () => (width > 0 ? columnsOf(spans, critical, whole, now, Math.floor(width)) : null),
    [spans, critical, whole, now, width],
  );
  const scale = width / (whole.to - whole.from);

  useDrawing(() => {
    if (!canvas.current || !columns) return;
    const context = startDrawing(canvas.current, width, HEIGHT_PX);
    if (!context) return;
    const ink = inkOf(canvas.current);
    const deepest = Math.max(1, ...columns.depth);
    context.fillStyle = ink('--border-strong');
    context.globalAlpha = theme === 'dark' ? 0.5 : 0.3;
    columns.depth.forEach((level, x) => {
      const tall = (level / deepest) * (HEIGHT_PX - 10);
      context.fillRect(x, HEIGHT_PX - 4 - tall, 1, tall);
    });
    context.globalAlpha = 1;
    context.fillStyle = ink('--text-1');
    columns.critical.forEach((on, x) => {
      if (on) context.fillRect(x, HEIGHT_PX - 3, 1, 2);
    });
    context.fillStyle = ink('--error');
    columns.failed.forEach((on, x) => {
      if (on) context.fillRect(x, 0, 2, HEIGHT_PX - 4);
    });
    const shown = drag ?? {
      from: (domain.from - whole.from) * scale,
      to: (domain.to - whole.from) * scale,
    };
    const [left, right] = [Math.min(shown.from, shown.to), Math.max(shown.from, shown.to)];
    if (right - left >= width - 1) return;
    context.fillStyle = ink('--bg');
    context.globalAlpha = 0.7;
    context.fillRect(0, 0, left, HEIGHT_PX);
    context.fillRect(right, 0, width - right, HEIGHT_PX);
    context.globalAlpha = 1;
    context.strokeStyle = ink('--accent');
    context.strokeRect(left + 0.5, 0.5, Math.max(2, right - left - 1), HEIGHT_PX - 1);
  });

  const xOf = (event: PointerEvent) =>
    Math.min(width, Math.max(0, event.clientX - (box.current?.getBoundingClientRect().left ?? 0)));
  return (
    <div
      className="minimap"
      ref={box}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: xOf(event), to: xOf(event) });
      }}
      onPointerMove={(event) => {
        if (drag) setDrag({ ...drag, to: xOf(event) });
      }}
      onPointerUp={() => {
        if (drag && Math.abs(drag.to - drag.from) > LEAST_DRAG_PX)
          onDomain({
            from: whole.from + Math.min(drag.from, drag.to) / scale,
            to: whole.from + Math.max(drag.from, drag.to) / scale,
          });
        setDrag(null);
      }}
      onDoubleClick={() => {
        onDomain(whole);
      }}
    >
      <canvas ref={canvas} aria-hidden="true" style={{ width, height: HEIGHT_PX }} />
    </div>
  );
}
