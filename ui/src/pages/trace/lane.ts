/** Draws the bars of the waterfall: fills first, then marks, then text, so that the canvas changes its
 * style seldom. */
import { duration, plain } from '../../lib/format';
import { firstRow, type Fold } from '../../lib/folds';
import { endTime, known, type Spans } from '../../lib/spans';
import { inkOf, startDrawing, type Ink } from './canvas';

export const ROW_PX = 24;
const BAR_TOP = 5;
const BAR_PX = 14;
const FONT = '11px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const FAINT = 0.25;

/** Milliseconds that the lane shows, since the trace's start. */
export interface Domain {
  readonly from: number;
  readonly to: number;
}

/** What the colour of a bar says. */
export type Coloring = 'type' | 'cost' | 'latency';

export interface LaneScene {
  readonly spans: Spans;
  readonly folds: ReadonlyMap<number, Fold>;
  readonly items: Int32Array;
  /** 1 for rows on the critical path; null: not shown. */
  readonly critical: Uint8Array | null;
  /** 1 for rows that were sought; null: nothing is sought. */
  readonly matches: Uint8Array | null;
  readonly coloring: Coloring;
  readonly domain: Domain;
  readonly now: number;
  readonly scrollTop: number;
  /** Place in items. */
  readonly selected: number;
  readonly width: number;
  readonly height: number;
}

interface Bar {
  readonly row: number;
  readonly fold: Fold | null;
  readonly x: number;
  readonly width: number;
  readonly y: number;
}

/** Steps of 1, 2 and 5, and of clocks. */
const STEPS_MS = [
  1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4,
  15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5, 432e5, 864e5,
];

export function ticksOf(domain: Domain, width: number): number[] {
  const wanted = (domain.to - domain.from) / Math.max(1, width / 96);
  const step = STEPS_MS.find((one) => one >= wanted) ?? STEPS_MS[STEPS_MS.length - 1]!;
  const ticks: number[] = [];
  for (let n = Math.ceil(domain.from / step); n * step <= domain.to; n++) ticks.push(n * step);
  return ticks;
}

/** The five steps of heat: 0 is cold. */
export function heatOf(share: number): number {
  return Math.min(4, Math.floor(Math.sqrt(share) * 5));
}

/** The greatest value a bar's colour is measured against. */
function mostOf(spans: Spans, coloring: Coloring): number {
  if (coloring === 'type') return 0;
  const values = coloring === 'cost' ? spans.cost : spans.duration;
  return values.reduce((most, value) => (value > most ? value : most), 0);
}

export function fillName(spans: Spans, row: number, coloring: Coloring, most: number): string {
  if (coloring === 'type') return `--t-${spans.type[row]!}`;
  const value = known((coloring === 'cost' ? spans.cost : spans.duration)[row]) ?? 0;
  return `--heat-${heatOf(most > 0 ? value / most : 0) + 1}`;
}

function barsOf(scene: LaneScene): Bar[] {
  const { domain, items, width, spans, now } = scene;
  const scale = width / (domain.to - domain.from);
  const first = Math.max(0, Math.floor(scene.scrollTop / ROW_PX));
  const last = Math.min(items.length, Math.ceil((scene.scrollTop + scene.height) / ROW_PX));
  const bars: Bar[] = [];
  for (let at = first; at < last; at++) {
    const row = firstRow(items[at]!);
    const fold = items[at]! < 0 ? (scene.folds.get(row) ?? null) : null;
    const end = fold
      ? fold.members.reduce((most, member) => Math.max(most, endTime(spans, member, now)), 0)
      : endTime(spans, row, now);
    bars.push({
      row,
      fold,
      x: (spans.start[row]! - domain.from) * scale,
      width: Math.max(2, (end - spans.start[row]!) * scale),
      y: at * ROW_PX - scene.scrollTop + BAR_TOP,
    });
  }
  return bars;
}

function fill(context: CanvasRenderingContext2D, bars: readonly Bar[], scene: LaneScene, ink: Ink): void {
  const { spans, coloring, matches } = scene;
  const most = mostOf(spans, coloring);
  const byColor = new Map<string, Bar[]>();
  for (const bar of bars) {
    if (bar.fold) continue;
    const name = fillName(spans, bar.row, coloring, most);
    const same = byColor.get(name);
    if (same) same.push(bar);
    else byColor.set(name, [bar]);
  }
  for (const [name, same] of byColor) {
    context.fillStyle = ink(name);
    for (const { row, x, y, width } of same) {
      const strength = matches && !matches[row] ? FAINT : 1;
      const waiting = (known(spans.ttft[row]) ?? 0) / (known(spans.duration[row]) ?? Infinity);
      const split = Math.min(1, waiting) * width;
      context.globalAlpha = strength * 0.4;
      context.fillRect(x, y, split, BAR_PX);
      context.globalAlpha = strength;
      context.fillRect(x + split, y, width - split, BAR_PX);
    }
  }
  context.globalAlpha = 1;
}

/** One tick for each iteration of a fold, on a pale bar. */
function folded(context: CanvasRenderingContext2D, bars: readonly Bar[], scene: LaneScene, ink: Ink): void {
  const { spans, domain } = scene;
  const scale = scene.width / (domain.to - domain.from);
  for (const bar of bars) {
    if (!bar.fold) continue;
    context.fillStyle = ink('--surface-2');
    context.fillRect(bar.x, bar.y, bar.width, BAR_PX);
    for (const member of bar.fold.members) {
      context.fillStyle = ink(`--t-${spans.type[member]!}`);
      const x = (spans.start[member]! - domain.from) * scale;
      const width = (endTime(spans, member, scene.now) - spans.start[member]!) * scale;
      context.fillRect(x, bar.y + 3, Math.max(1, width - 1), BAR_PX - 6);
    }
  }
}

/** The broken end of a span whose writer died. */
function zigzag(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  for (let step = 0; step <= 4; step++) context.lineTo(x + (step % 2 ? 4 : 0), y + (step / 4) * BAR_PX);
  context.stroke();
}

function mark(context: CanvasRenderingContext2D, bars: readonly Bar[], scene: LaneScene, ink: Ink): void {
  const { spans, critical, coloring } = scene;
  context.lineWidth = 1;
  if (coloring !== 'type') {
    context.strokeStyle = ink('--border-strong');
    for (const bar of bars)
      if (!bar.fold) context.strokeRect(bar.x + 0.5, bar.y + 0.5, Math.max(1, bar.width - 1), BAR_PX - 1);
  }
  context.lineWidth = 2;
  context.strokeStyle = ink('--error');
  for (const bar of bars)
    if (spans.status[bar.row] === 'error')
      context.strokeRect(bar.x + 1, bar.y + 1, Math.max(2, bar.width - 2), BAR_PX - 2);
  context.strokeStyle = ink('--interrupted');
  for (const bar of bars)
    if (spans.status[bar.row] === 'interrupted') zigzag(context, bar.x + bar.width, bar.y);
  if (!critical) return;
  context.fillStyle = ink('--text-1');
  for (const bar of bars)
    if (!bar.fold && critical[bar.row]) context.fillRect(bar.x, bar.y + BAR_PX + 1, bar.width, 2);
}

const ends: Readonly<Record<string, string>> = {
  running: 'running',
  interrupted: 'writer died here',
  lost_contact: 'lost contact',
  unknown: 'not ended',
};

function label(context: CanvasRenderingContext2D, bars: readonly Bar[], scene: LaneScene, ink: Ink): void {
  const { spans } = scene;
  context.font = FONT;
  context.textBaseline = 'middle';
  context.fillStyle = ink('--text-2');
  for (const bar of bars) {
    const took = known(spans.duration[bar.row]);
    const text = bar.fold
      ? `×${bar.fold.times}`
      : took === null
        ? (ends[spans.status[bar.row]!] ?? 'not ended')
        : plain(duration(took));
    const right = bar.x + bar.width + 6;
    const room = context.measureText(text).width;
    const x = right + room < scene.width ? right : bar.x - room - 6;
    if (x >= 0) context.fillText(text, x, bar.y + BAR_PX / 2 + 0.5);
  }
}

export function drawLane(canvas: HTMLCanvasElement, scene: LaneScene): void {
  const context = startDrawing(canvas, scene.width, scene.height);
  if (!context) return;
  const ink = inkOf(canvas);
  const scale = scene.width / (scene.domain.to - scene.domain.from);
  context.fillStyle = ink('--selected');
  if (scene.selected >= 0)
    context.fillRect(0, scene.selected * ROW_PX - scene.scrollTop, scene.width, ROW_PX);
  context.fillStyle = ink('--border');
  for (const tick of ticksOf(scene.domain, scene.width))
    context.fillRect(Math.round((tick - scene.domain.from) * scale), 0, 1, scene.height);
  const bars = barsOf(scene);
  fill(context, bars, scene, ink);
  folded(context, bars, scene, ink);
  mark(context, bars, scene, ink);
  label(context, bars, scene, ink);
}
