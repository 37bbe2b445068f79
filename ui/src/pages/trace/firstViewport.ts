export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of the plane: what is at (0, 0) shows at (x, y). */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** Smaller than this nobody reads the names. */
export const READABLE = 0.8;
const MARGIN_PX = 24;

/** What of a graph shows first: all of it, where it can be read then; else its first node at the left, and
 * what follows that. places: x and y of each node's corner. */
export function firstViewport(places: Float64Array, node: Size, box: Size): Viewport {
  const xs = places.filter((_, at) => at % 2 === 0);
  const ys = places.filter((_, at) => at % 2 === 1);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const width = Math.max(...xs) + node.width - left;
  const height = Math.max(...ys) + node.height - top;
  const zoom = Math.min(1, (box.width - 2 * MARGIN_PX) / width, (box.height - 2 * MARGIN_PX) / height);
  if (zoom >= READABLE)
    return {
      x: box.width / 2 - (left + width / 2) * zoom,
      y: box.height / 2 - (top + height / 2) * zoom,
      zoom,
    };
  return {
    x: MARGIN_PX - places[0]! * READABLE,
    y: box.height / 2 - (places[1]! + node.height / 2) * READABLE,
    zoom: READABLE,
  };
}
