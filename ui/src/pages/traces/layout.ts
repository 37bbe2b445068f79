/** Columns as a grid has them. */
import type { Column } from './columns';

/** A column of a list; left: pinned, so far from the left edge. */
export interface PlacedColumn extends Column {
  readonly leftPx: number | null;
  /** Behind it the others pass. */
  readonly isLastPinned: boolean;
}

export interface Layout {
  readonly placed: readonly PlacedColumn[];
  readonly template: string;
  /** Of a row. */
  readonly leastPx: number;
}

const CHECK_PX = 16;
const GAP_PX = 12;
const EDGE_PX = 16;
/** A column that grows has a width of its own while it is pinned: where the next one begins depends on it. */
const PINNED_GROWN = 2;

/** pinned: so many, from the left. A width that was set is kept to. */
export function layoutOf(
  shown: readonly Column[],
  pinned: number,
  widths: Readonly<Record<string, number>>,
): Layout {
  let sumPx = EDGE_PX + CHECK_PX + GAP_PX;
  const tracks: string[] = [];
  const placed = shown.map((column, at): PlacedColumn => {
    const { key, grows } = column;
    const isPinned = at < pinned;
    const widthPx = widths[key] ?? column.widthPx * (grows && isPinned ? PINNED_GROWN : 1);
    const isGrowing = grows && !isPinned && widths[key] === undefined;
    tracks.push(isGrowing ? `minmax(${widthPx}px, ${grows}fr)` : `${widthPx}px`);
    const leftPx = isPinned ? sumPx : null;
    sumPx += widthPx + GAP_PX;
    return { ...column, leftPx, isLastPinned: at === pinned - 1 };
  });
  return { placed, template: [`${CHECK_PX}px`, ...tracks].join(' '), leastPx: sumPx - GAP_PX + EDGE_PX };
}

/** The same for a telephone: rows are as wide as it is, and nothing is ticked. */
export function narrowLayoutOf(shown: readonly Column[]): Layout {
  const tracks = shown.map(({ narrowPx, grows }) => (grows ? 'minmax(0, 1fr)' : `${narrowPx ?? 0}px`));
  const placed = shown.map((column) => ({ ...column, leftPx: null, isLastPinned: false }));
  return { placed, template: tracks.join(' '), leastPx: 0 };
}
