/** Places for the nodes of a graph without circles: in columns from left to right, each edge leading to a
 * column further right. After Sugiyama, Tagawa and Toda: columns by the longest way, an order in each that
 * makes edges cross little, then heights near those of the neighbours. Time grows with the edges and the
 * columns that they pass, so there is no graph of a size that is drawn which takes long. */

export interface Sizes {
  readonly width: number;
  readonly height: number;
  readonly gapX: number;
  readonly gapY: number;
}

/** Pairs: left, top. */
export type Places = Float64Array;

const ORDER_SWEEPS = 24;
/** Sweeps without a better order until one gives up. */
const PATIENCE = 4;
const HEIGHT_SWEEPS = 12;
/** Beyond so many, edges are drawn over what lies between their ends. */
const BENDS_MAX = 200_000;

/** For each node, the most edges that a way to it has. */
export function ranksOf(nodes: number, edges: Uint32Array): Uint32Array {
  const into = new Uint32Array(nodes);
  const out: number[][] = Array.from({ length: nodes }, () => []);
  for (let at = 0; at < edges.length; at += 2) {
    out[edges[at]!]!.push(edges[at + 1]!);
    into[edges[at + 1]!]!++;
  }
  const rank = new Uint32Array(nodes);
  const ready = Array.from(into.keys()).filter((node) => into[node] === 0);
  for (let node = ready.pop(); node !== undefined; node = ready.pop())
    for (const next of out[node]!) {
      rank[next] = Math.max(rank[next]!, rank[node]! + 1);
      if (--into[next]! === 0) ready.push(next);
    }
  return rank;
}

/** The graph with a bend in each column that an edge passes, so that edges join neighbouring columns. */
interface Layers {
  /** Nodes, and behind them bends, of each column in their order from the top. */
  readonly columns: number[][];
  readonly left: readonly number[][];
  readonly right: readonly number[][];
}

function layersOf(nodes: number, edges: Uint32Array, rank: Uint32Array): Layers {
  const columns: number[][] = Array.from({ length: Math.max(0, ...rank) + 1 }, () => []);
  const left: number[][] = Array.from({ length: nodes }, () => []);
  const right: number[][] = Array.from({ length: nodes }, () => []);
  for (let node = 0; node < nodes; node++) columns[rank[node]!]!.push(node);
  const join = (from: number, to: number) => {
    right[from]!.push(to);
    left[to]!.push(from);
  };
  for (let at = 0; at < edges.length; at += 2) {
    const [from, to] = [edges[at]!, edges[at + 1]!];
    const bends = rank[to]! - rank[from]! - 1;
    if (bends < 0 || left.length - nodes + bends > BENDS_MAX) continue;
    let before = from;
    for (let column = rank[from]! + 1; column < rank[to]!; column++) {
      const bend = left.push([]) - 1;
      right.push([]);
      columns[column]!.push(bend);
      join(before, bend);
      before = bend;
    }
    join(before, to);
  }
  return { columns, left, right };
}

/** Where each node stands in its column. */
function standings(columns: readonly number[][], count: number): Int32Array {
  const standing = new Int32Array(count);
  for (const column of columns)
    column.forEach((one, place) => {
      standing[one] = place;
    });
  return standing;
}

/** How often edges to the right of a column cross. Edges by their left ends and then their right ends cross as
 * often as right ends come before greater ones: counted in a Fenwick tree. */
function crossingsOf(column: readonly number[], right: readonly number[][], standing: Int32Array): number {
  const ends = column.flatMap((one) => right[one]!.map((to) => standing[to]!).sort((a, b) => a - b));
  const size = ends.reduce((most, end) => Math.max(most, end + 1), 0);
  const tree = new Uint32Array(size + 1);
  let crossings = 0;
  ends.forEach((end, seen) => {
    let notBeyond = 0;
    for (let at = end + 1; at > 0; at -= at & -at) notBeyond += tree[at]!;
    crossings += seen - notBeyond;
    for (let at = end + 1; at <= size; at += at & -at) tree[at]!++;
  });
  return crossings;
}

function crossings(layers: Layers): number {
  const standing = standings(layers.columns, layers.left.length);
  return layers.columns.reduce((sum, column) => sum + crossingsOf(column, layers.right, standing), 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Calls for each column but the first, from the left or from the right, with the neighbours before it. */
function sweep(
  { columns, left, right }: Layers,
  fromLeft: boolean,
  each: (column: number[], neighbours: readonly number[][]) => void,
): void {
  for (let at = 1; at < columns.length; at++)
    each(columns[fromLeft ? at : columns.length - 1 - at]!, fromLeft ? left : right);
}

/** Orders each column by the middle of its neighbours, to and fro, and keeps the best of it. */
function order(layers: Layers): void {
  const { columns } = layers;
  const standing = standings(columns, layers.left.length);
  let best = columns.map((column) => [...column]);
  let fewest = Infinity;
  let waited = 0;
  for (let turn = 0; turn < ORDER_SWEEPS && fewest > 0 && waited < PATIENCE; turn++) {
    sweep(layers, turn % 2 === 0, (column, neighbours) => {
      const wanted = new Map(
        column.map((one, place) => {
          const near = neighbours[one]!;
          return [one, near.length > 0 ? mean(near.map((other) => standing[other]!)) : place];
        }),
      );
      column.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
      column.forEach((one, place) => {
        standing[one] = place;
      });
    });
    const now = crossings(layers);
    waited = now < fewest ? 0 : waited + 1;
    if (now >= fewest) continue;
    fewest = now;
    best = columns.map((column) => [...column]);
  }
  best.forEach((column, at) => {
    columns[at] = column;
  });
}

/** The values nearest to those wanted (by least squares) of which none is less than the one before it: what is
 * out of order is pooled, and gets the mean of the pool. */
export function ascending(wanted: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of wanted) {
    let pool = { sum: value, count: 1 };
    for (
      let last = pools.at(-1);
      last && last.sum / last.count > pool.sum / pool.count;
      last = pools.at(-1)
    ) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count));
}

/** The middle of each node: near its neighbours, none over another. */
function heights(layers: Layers, nodes: number, { height, gapY }: Sizes): Float64Array {
  const middle = new Float64Array(layers.left.length);
  const half = (one: number) => (one < nodes ? height / 2 : 0);
  const settle = (column: readonly number[], wanted: (one: number) => number) => {
    // Counted without the least distances, any ascending values keep them.
    let below = 0;
    const offsets = column.map((one, place) => {
      if (place > 0) below += half(column[place - 1]!) + gapY + half(one);
      return below;
    });
    ascending(column.map((one, place) => wanted(one) - offsets[place]!)).forEach((value, place) => {
      middle[column[place]!] = value + offsets[place]!;
    });
  };
  for (const column of layers.columns) settle(column, () => 0);
  for (let turn = 0; turn < HEIGHT_SWEEPS; turn++)
    sweep(layers, turn % 2 === 0, (column, neighbours) => {
      settle(column, (one) => {
        const near = neighbours[one]!;
        return near.length > 0 ? mean(near.map((other) => middle[other]!)) : middle[one]!;
      });
    });
  return middle;
}

export function layered(nodes: number, edges: Uint32Array, sizes: Sizes): Places {
  const rank = ranksOf(nodes, edges);
  const layers = layersOf(nodes, edges, rank);
  order(layers);
  const middle = heights(layers, nodes, sizes).subarray(0, nodes);
  const top = middle.reduce((least, value) => Math.min(least, value), Infinity);
  const places = new Float64Array(nodes * 2);
  for (let node = 0; node < nodes; node++) {
    places[node * 2] = rank[node]! * (sizes.width + sizes.gapX);
    places[node * 2 + 1] = middle[node]! - top;
  }
  return places;
}
