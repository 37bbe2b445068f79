import { describe, expect, it } from 'vitest';
import { ascending, layered, ranksOf } from './layered';

const sizes = { width: 100, height: 40, gapX: 50, gapY: 10 };

function placed(nodes: number, edges: readonly (readonly [number, number])[]) {
  const places = layered(nodes, Uint32Array.from(edges.flat()), sizes);
  return Array.from({ length: nodes }, (_, node) => ({ x: places[node * 2]!, y: places[node * 2 + 1]! }));
}

/** The same numbers each time. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

describe('a layered graph', () => {
  it('leads to the right, and no node lies over another', () => {
    const pick = dice(7);
    const edges = Array.from({ length: 400 }, () => {
      const to = 1 + pick(199);
      return [pick(to), to] as const;
    });
    const at = placed(200, edges);
    for (const [from, to] of edges) expect(at[to]!.x).toBeGreaterThanOrEqual(at[from]!.x + 150);
    for (const x of new Set(at.map((one) => one.x))) {
      const tops = at.flatMap((one) => (one.x === x ? [one.y] : [])).sort((a, b) => a - b);
      tops.slice(1).forEach((top, index) => {
        expect(top - tops[index]!).toBeGreaterThanOrEqual(50 - 1e-6);
      });
    }
    expect(Math.min(...at.map((one) => one.y))).toBe(0);
  });

  it('draws a chain as a straight line', () => {
    const at = placed(4, [
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(at.map((one) => one.x)).toEqual([0, 150, 300, 450]);
    expect(new Set(at.map((one) => one.y)).size).toBe(1);
  });

  it('sets what forks around what it forks from, and what joins in the middle again', () => {
    const at = placed(5, [
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 4],
      [2, 4],
      [3, 4],
    ]);
    expect(at.slice(1, 4).map((one) => one.y)).toEqual([0, 50, 100]);
    expect([at[0]!.y, at[4]!.y]).toEqual([50, 50]);
  });

  it('untangles edges that need not cross', () => {
    const at = placed(6, [
      [0, 5],
      [1, 4],
      [2, 3],
    ]);
    const down = (a: number, b: number) => Math.sign(at[a]!.y - at[b]!.y);
    expect(down(0, 1)).toBe(down(5, 4));
    expect(down(1, 2)).toBe(down(4, 3));
  });

  it('keeps room for an edge that passes a column', () => {
    const at = placed(3, [
      [0, 1],
      [1, 2],
      [0, 2],
    ]);
    expect(at[1]!.y).not.toBe(at[0]!.y);
  });

  it('is there for no edges, and for edges in a circle', () => {
    expect(placed(2, [])).toEqual([
      { x: 0, y: 0 },
      { x: 0, y: 50 },
    ]);
    expect(
      placed(2, [
        [0, 1],
        [1, 0],
      ]).every((one) => Number.isFinite(one.y)),
    ).toBe(true);
  });
});

describe('ranks', () => {
  it('are the longest way', () => {
    expect([...ranksOf(4, Uint32Array.of(0, 1, 1, 2, 0, 2, 2, 3))]).toEqual([0, 1, 2, 3]);
  });
});

describe('ascending values', () => {
  it('are those wanted where these ascend, and the mean of what does not', () => {
    expect(ascending([1, 2, 3])).toEqual([1, 2, 3]);
    expect(ascending([1, 5, 3, 6])).toEqual([1, 4, 4, 6]);
    expect(ascending([3, 2, 1])).toEqual([2, 2, 2]);
  });
});
