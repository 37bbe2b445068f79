/** The flame view: a box for each span, as wide as what it weighs. */
import { endTime, known, type Spans } from '../../lib/spans';

export type Weight = 'time' | 'cost' | 'tokens';

export const LEVEL_PX = 20;

export interface Flame {
  /** Of each row: its left and right edge, in what is weighed. */
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly to: number;
  readonly levels: number;
  /** Rows of each level, from left to right. */
  readonly byLevel: readonly number[][];
}

/** What a span and all below it weigh; what a span reports for its children counts once. */
function subtreeWeights(spans: Spans, own: Float64Array): { all: Float64Array; below: Float64Array } {
  const all = new Float64Array(spans.count);
  const below = new Float64Array(spans.count);
  for (let row = spans.count - 1; row >= 0; row--) {
    all[row] = Math.max(known(own[row]) ?? 0, below[row]!);
    if (spans.parent[row]! >= 0) below[spans.parent[row]!]! += all[row]!;
  }
  return { all, below };
}

/** By time boxes are where they were; by cost and tokens they lie side by side. */
export function flameOf(spans: Spans, weight: Weight, now: number): Flame {
  const left = new Float64Array(spans.count);
  const right = new Float64Array(spans.count);
  const levels = spans.depth.reduce((most, depth) => Math.max(most, depth + 1), 0);
  let to = 0;
  if (weight === 'time') {
    for (let row = 0; row < spans.count; row++) {
      left[row] = spans.start[row]!;
      right[row] = endTime(spans, row, now);
      to = Math.max(to, right[row]!);
    }
  } else {
    const { all } = subtreeWeights(spans, weight === 'cost' ? spans.cost : spans.tokens);
    const filled = new Float64Array(spans.count);
    for (let row = 0; row < spans.count; row++) {
      const parent = spans.parent[row]!;
      left[row] = parent < 0 ? to : left[parent]! + filled[parent]!;
      right[row] = left[row]! + all[row]!;
      if (parent < 0) to = right[row]!;
      else filled[parent]! += all[row]!;
    }
  }
  const byLevel = Array.from({ length: levels }, (): number[] => []);
  for (let row = 0; row < spans.count; row++)
    if (right[row]! > left[row]!) byLevel[spans.depth[row]!]!.push(row);
  for (const rows of byLevel) rows.sort((a, b) => left[a]! - left[b]!);
  return { left, right, to, levels, byLevel };
}

/** The row whose box holds a place. Boxes of a level may overlap by time: the last that began wins. */
export function rowAt(flame: Flame, level: number, x: number): number | null {
  const rows = flame.byLevel[level];
  if (!rows) return null;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (flame.left[rows[middle]!]! <= x) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1; at >= 0; at--) if (flame.right[rows[at]!]! >= x) return rows[at]!;
  return null;
}
