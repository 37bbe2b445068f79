/** Steps that repeat: an agent that loops shows its loop once, with a count. */
import { childRows, type Spans } from './spans';

const LONGEST_PERIOD = 8;
const LEAST_TIMES = 4;

export interface Fold {
  /** Spans of one iteration. */
  readonly period: number;
  readonly times: number;
  /** Siblings, period * times of them. */
  readonly members: readonly number[];
}

/** "step 7" and "step 8" are the same step. */
function stepName(name: string): string {
  return name.replace(/\d+/g, '#');
}

/** Iterations at the front of keys[at..]: the shortest period that repeats often enough. */
function repetition(keys: readonly unknown[], at: number): { period: number; times: number } | null {
  for (let period = 1; period <= LONGEST_PERIOD; period++) {
    let same = 0;
    while (at + same + period < keys.length && keys[at + same] === keys[at + same + period]) same++;
    const times = Math.floor(same / period) + 1;
    if (times >= LEAST_TIMES) return { period, times };
  }
  return null;
}

function foldSiblings(spans: Spans, siblings: readonly number[], found: Map<number, Fold>): void {
  if (siblings.length < LEAST_TIMES) return;
  // What holds an error is like nothing else, so it stays in sight.
  const keys = siblings.map((row) =>
    spans.subtreeErrors[row]! > 0 ? row : `${spans.type[row]!} ${stepName(spans.name[row]!)}`,
  );
  for (let at = 0; at < siblings.length;) {
    const repeated = repetition(keys, at);
    if (!repeated) {
      at++;
      continue;
    }
    const length = repeated.period * repeated.times;
    found.set(siblings[at]!, { ...repeated, members: siblings.slice(at, at + length) });
    at += length;
  }
}

/** Folds by their first row. */
export function foldsOf(spans: Spans): ReadonlyMap<number, Fold> {
  const found = new Map<number, Fold>();
  const roots: number[] = [];
  for (let row = 0; row < spans.count; row = spans.end[row]!) roots.push(row);
  foldSiblings(spans, roots, found);
  for (let row = 0; row < spans.count; row++)
    if (spans.end[row]! > row + LEAST_TIMES) foldSiblings(spans, childRows(spans, row), found);
  return found;
}

/** What a list shows: a row, or, negative, the fold that begins at row -1 - value. */
export type Item = number;

export function foldItem(first: number): Item {
  return -1 - first;
}

/** The row that an item is, or begins with. */
export function firstRow(item: Item): number {
  return item < 0 ? -1 - item : item;
}

/** The items in sight, when the subtrees of some rows are closed and some folds are open (by first row). */
export function itemsOf(
  spans: Spans,
  folds: ReadonlyMap<number, Fold>,
  closed: ReadonlySet<number>,
  open: ReadonlySet<number>,
): Int32Array {
  const items = new Int32Array(spans.count + folds.size);
  let count = 0;
  for (let row = 0; row < spans.count;) {
    const fold = folds.get(row);
    if (fold) {
      items[count++] = foldItem(row);
      if (!open.has(row)) {
        row = spans.end[fold.members[fold.members.length - 1]!]!;
        continue;
      }
    }
    items[count++] = row;
    row = closed.has(row) ? spans.end[row]! : row + 1;
  }
  return items.subarray(0, count);
}

/** The folds (by first row) that hide a row. */
export function foldsAround(spans: Spans, folds: ReadonlyMap<number, Fold>, row: number): number[] {
  const around: number[] = [];
  for (const [first, fold] of folds) {
    const last = fold.members[fold.members.length - 1]!;
    if (row >= first && row < spans.end[last]!) around.push(first);
  }
  return around;
}

/** "llm → search": one iteration. */
export function foldTitle(spans: Spans, fold: Fold): string {
  return fold.members
    .slice(0, fold.period)
    .map((row) => stepName(spans.name[row]!))
    .join(' → ');
}
