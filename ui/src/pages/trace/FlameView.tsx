import { useMemo, useRef, useState, type PointerEvent, type WheelEvent } from 'react';
import { cost, count, duration, plain } from '../../lib/format';
import { known } from '../../lib/spans';
import { useUrlState } from '../../lib/urlState';
import { inkOf, startDrawing, useDrawing, useSize } from './canvas';
import { flameOf, LEVEL_PX, rowAt, type Flame, type Weight } from './flame';
import { fillName, type Domain } from './lane';
import type { TraceView } from './useTraceView';

const LEAST_TEXT_PX = 32;
const FONT = '11px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const weights: readonly (readonly [Weight, string])[] = [
  ['time', 'Time'],
  ['cost', 'Cost'],
  ['tokens', 'Tokens'],
];

/** Types whose fill is too light for white text in the light theme, as in the table of colours. */
const blackInk = new Set(['llm', 'rerank', 'memory', 'database', 'embedding']);

interface Shown {
  readonly width: number;
  readonly height: number;
  readonly scrollTop: number;
  readonly from: number;
  readonly to: number;
}

function clipped(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let keep = Math.floor((text.length * room) / Math.max(1, context.measureText(text).width)) - 1;
  while (keep > 0 && context.measureText(`${text.slice(0, keep)}…`).width > room) keep--;
  return keep > 0 ? `${text.slice(0, keep)}…` : '';
}

function drawFlame(canvas: HTMLCanvasElement, view: TraceView, flame: Flame, shown: Shown): void {
  const context = startDrawing(canvas, shown.width, shown.height);
  if (!context) return;
  const { spans, coloring, matches, theme } = view;
  const ink = inkOf(canvas);
  const scale = shown.width / (shown.to - shown.from);
  const most = (coloring === 'cost' ? spans.cost : spans.duration).reduce((a, b) => (b > a ? b : a), 0);
  context.font = FONT;
  context.textBaseline = 'middle';
  flame.byLevel.forEach((rows, level) => {
    const y = level * LEVEL_PX - shown.scrollTop;
    if (y + LEVEL_PX < 0 || y > shown.height) return;
    let drawnTo = -1;
    for (const row of rows) {
      const x = (flame.left[row]! - shown.from) * scale;
      const right = (flame.right[row]! - shown.from) * scale;
      // What is narrower than a pixel and lies under what is drawn already adds nothing.
      if (right < 0 || x > shown.width || (right - x < 1 && x < drawnTo)) continue;
      const width = Math.max(1, right - x - 1);
      drawnTo = x + width;
      context.globalAlpha = matches && !matches[row] ? 0.25 : 1;
      context.fillStyle = ink(fillName(spans, row, coloring, most));
      context.fillRect(x, y + 1, width, LEVEL_PX - 2);
      context.globalAlpha = 1;
      if (spans.status[row] === 'error' || row === view.selected) {
        context.lineWidth = 2;
        context.strokeStyle = ink(row === view.selected ? '--text-1' : '--error');
        context.strokeRect(x + 1, y + 2, Math.max(1, width - 2), LEVEL_PX - 4);
      }
      if (width < LEAST_TEXT_PX) continue;
      const dark = theme === 'dark' ? coloring === 'type' : blackInk.has(spans.type[row]!);
      context.fillStyle = coloring !== 'type' ? ink('--heat-ink') : dark ? '#0d1117' : ink('--accent-ink');
      const at = Math.max(x, 0);
      const text = clipped(context, spans.name[row]!, Math.min(drawnTo, shown.width) - at - 10);
      context.fillText(text, at + 5, y + LEVEL_PX / 2);
    }
  });
}

/** Boxes under boxes: what ran inside what, as wide as it took, cost or read. */
export function FlameView({ view }: { view: TraceView }) {
  const { spans } = view;
  const [values, setUrl] = useUrlState();
  const weight = (values.get('weight') ?? 'time') as Weight;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(scroller);
  const [scrollTop, setScrollTop] = useState(0);
  const [zoom, setZoom] = useState<Domain | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const flame = useMemo(() => flameOf(spans, weight, view.now), [spans, weight, view.now]);
  const whole = { from: 0, to: Math.max(1e-9, flame.to) };
  const domain = weight === 'time' ? view.domain : (zoom ?? whole);
  const setDomain = weight === 'time' ? view.setDomain : setZoom;
  useDrawing(() => {
    if (canvas.current && size.width > 0)
      drawFlame(canvas.current, view, flame, { ...size, scrollTop, from: domain.from, to: domain.to });
  });
  const hit = (event: PointerEvent | React.MouseEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return null;
    const x = domain.from + ((event.clientX - box.left) / box.width) * (domain.to - domain.from);
    return rowAt(flame, Math.floor((event.clientY - box.top + scrollTop) / LEVEL_PX), x);
  };
  const wheel = (event: WheelEvent) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return;
    const at = domain.from + ((event.clientX - box.left) / box.width) * (domain.to - domain.from);
    const factor = Math.exp(event.deltaY * 0.002);
    setDomain({ from: at - (at - domain.from) * factor, to: at + (domain.to - at) * factor });
  };
  return (
    <div className="flame">
      <div className="view-bar">
        <label className="dim">
          Width{' '}
          <select
            className="button"
            value={weight}
            onChange={(event) => {
              setZoom(null);
              setUrl({ weight: event.target.value === 'time' ? null : event.target.value });
            }}
          >
            {weights.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <span className="clip" role="status">
          {hover !== null && (
            <>
              <b>{spans.name[hover]}</b>{' '}
              <span className="dim">
                {[
                  spans.type[hover],
                  plain(duration(known(spans.duration[hover]))),
                  plain(cost(known(spans.cost[hover]))),
                  `${plain(count(known(spans.tokens[hover])))} tokens`,
                ].join(' · ')}
              </span>
            </>
          )}
        </span>
      </div>
      {flame.to === 0 && <p className="none faint">No span reports any.</p>}
      <div
        className="flame-scroll"
        ref={scroller}
        onScroll={(event) => {
          setScrollTop(event.currentTarget.scrollTop);
        }}
      >
        <div style={{ height: flame.levels * LEVEL_PX }} />
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${spans.count} spans as boxes, by ${weight}; the log has them as text`}
          style={{ width: size.width, height: size.height }}
          onWheel={wheel}
          onPointerMove={(event) => {
            setHover(hit(event));
          }}
          onPointerLeave={() => {
            setHover(null);
          }}
          onClick={(event) => {
            const row = hit(event);
            if (row !== null) view.select(row);
          }}
          onDoubleClick={(event) => {
            const row = hit(event);
            if (row === null) setDomain(weight === 'time' ? view.whole : whole);
            else setDomain({ from: flame.left[row]!, to: flame.right[row]! });
          }}
        />
      </div>
    </div>
  );
}
