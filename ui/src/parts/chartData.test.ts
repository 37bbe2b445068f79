import { describe, expect, it } from 'vitest';
import { gridOf, isolated } from './chartData';

describe('lines of a chart', () => {
  it('have gaps where nothing was, not a slope from one point to the next', () => {
    const { xs, ys } = gridOf([
      {
        title: 'a',
        points: [
          { x: 0, y: 1 },
          { x: 60, y: 2 },
          { x: 240, y: 3 },
        ],
      },
    ]);
    expect(xs).toEqual([0, 60, 120, 180, 240]);
    expect(ys).toEqual([[1, 2, null, null, 3]]);
    expect(isolated(ys[0]!)).toEqual([4]);
  });

  it('that have a point only, or none, are drawn all the same', () => {
    expect(gridOf([{ title: 'a', points: [{ x: 5, y: 1 }] }])).toEqual({ xs: [5], ys: [[1]] });
    expect(gridOf([])).toEqual({ xs: [], ys: [] });
    expect(isolated([1])).toEqual([0]);
  });

  it('keep times that are not evenly apart', () => {
    const points = [0, 2, 5].map((x) => ({ x, y: x }));
    expect(gridOf([{ title: 'a', points }]).xs).toEqual([0, 2, 5]);
  });
});
