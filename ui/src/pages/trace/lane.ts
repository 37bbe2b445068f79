/** Draws the bars of the waterfall: fills first, then marks, then text, so that the canvas changes its
 * style seldom. */
import { duration, plain } from '../../lib/format';
import type { Span } from '../../lib/types';
import type { Tree } from '../../lib/tree';

export const ROW_PX = 24;
const BAR_TOP = 5;
const BAR_PX = 14;
const FONT = '11px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** Seconds that the lane shows. */
export interface Domain {
  readonly from: number;
  readonly to: number;
}

export interface LaneScene {
  readonly spans: readonly Span[];
  readonly tree: Tree;
  readonly rows: Int32Array;
  readonly critical: ReadonlySet<number>;
  readonly domain: Domain;
  readonly now: number;
  readonly scrollTop: number;
  readonly selected: number;
  readonly width: number;
  readonly height: number;
}

interface Bar {
  readonly row: number;
  readonly span: Span;
  readonly x: number;
  readonly width: number;
  readonly y: number;
}

/** Steps of 1, 2 and 5, and of clocks. */
const STEPS_S = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1,
  2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400,
];

export function ticksOf(domain: Domain, origin: number, width: number): number[] {
  const wanted = (domain.to - domain.from) / Math.max(1, width / 96);
  const step = STEPS_S.find((one) => one >= wanted) ?? STEPS_S[STEPS_S.length - 1]!;
  const ticks: number[] = [];
  for (let n = Math.ceil((domain.from - origin) / step); origin + n * step <= domain.to; n++)
    ticks.push(origin + n * step);
  return ticks;
}

export function endOf(span: Span, now: number): number {
  return span.duration_ms === null ? now : span.start_time + span.duration_ms / 1000;
}

function barsOf(scene: LaneScene): Bar[] {
  const { domain, rows, width } = scene;
  const scale = width / (domain.to - domain.from);
  const first = Math.max(0, Math.floor(scene.scrollTop / ROW_PX));
  const last = Math.min(rows.length, Math.ceil((scene.scrollTop + scene.height) / ROW_PX));
  const bars: Bar[] = [];
  for (let at = first; at < last; at++) {
    const row = rows[at]!;
    const span = scene.spans[scene.tree.spanAt[row]!]!;
    const x = (span.start_time - domain.from) * scale;
    const width_px = Math.max(2, (endOf(span, scene.now) - span.start_time) * scale);
    bars.push({ row, span, x, width: width_px, y: at * ROW_PX - scene.scrollTop + BAR_TOP });
  }
  return bars;
}

function fill(
  context: CanvasRenderingContext2D,
  bars: readonly Bar[],
  color: (name: string) => string,
): void {
  const byType = new Map<string, Bar[]>();
  for (const bar of bars) {
    const same = byType.get(bar.span.span_type);
    if (same) same.push(bar);
    else byType.set(bar.span.span_type, [bar]);
  }
  for (const [type, same] of byType) {
    context.fillStyle = color(`--t-${type}`);
    for (const bar of same) {
      const waiting =
        bar.span.ttft_ms !== null && bar.span.duration_ms ? bar.span.ttft_ms / bar.span.duration_ms : 0;
      const split = Math.min(1, waiting) * bar.width;
      context.globalAlpha = 0.4;
      context.fillRect(bar.x, bar.y, split, BAR_PX);
      context.globalAlpha = 1;
      context.fillRect(bar.x + split, bar.y, bar.width - split, BAR_PX);
    }
  }
}

function mark(
  context: CanvasRenderingContext2D,
  bars: readonly Bar[],
  scene: LaneScene,
  color: (name: string) => string,
): void {
  context.strokeStyle = color('--error');
  context.lineWidth = 2;
  for (const bar of bars)
    if (bar.span.status === 'error')
      context.strokeRect(bar.x + 1, bar.y + 1, Math.max(2, bar.width - 2), BAR_PX - 2);
  context.fillStyle = color('--text-1');
  for (const bar of bars)
    if (scene.critical.has(bar.row)) context.fillRect(bar.x, bar.y + BAR_PX + 1, bar.width, 2);
}

function label(
  context: CanvasRenderingContext2D,
  bars: readonly Bar[],
  scene: LaneScene,
  color: (name: string) => string,
): void {
  context.font = FONT;
  context.textBaseline = 'middle';
  context.fillStyle = color('--text-2');
  for (const bar of bars) {
    const text = bar.span.duration_ms === null ? bar.span.status : plain(duration(bar.span.duration_ms));
    const right = bar.x + bar.width + 6;
    const room = context.measureText(text).width;
    const x = right + room < scene.width ? right : bar.x - room - 6;
    if (x >= 0) context.fillText(text, x, bar.y + BAR_PX / 2 + 0.5);
  }
}

export function drawLane(canvas: HTMLCanvasElement, scene: LaneScene, origin: number): void {
  const ratio = window.devicePixelRatio || 1;
  const pixels = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)] as const;
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  const context = canvas.getContext('2d');
  if (!context) return;
  const style = getComputedStyle(canvas);
  const color = (name: string) => style.getPropertyValue(name);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, scene.width, scene.height);
  const scale = scene.width / (scene.domain.to - scene.domain.from);

  context.fillStyle = color('--selected');
  const at = scene.rows.indexOf(scene.selected);
  if (at >= 0) context.fillRect(0, at * ROW_PX - scene.scrollTop, scene.width, ROW_PX);
  context.fillStyle = color('--border');
  for (const tick of ticksOf(scene.domain, origin, scene.width))
    context.fillRect(Math.round((tick - scene.domain.from) * scale), 0, 1, scene.height);
  const bars = barsOf(scene);
  fill(context, bars, color);
  mark(context, bars, scene, color);
  label(context, bars, scene, color);
}
