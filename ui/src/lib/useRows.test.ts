import { describe, expect, it } from 'vitest';
import { indexesOf, rowsAround, scrollTopFor } from './useRows';

const ROW_PX = 32;

describe('the rows of a long list that exist', () => {
  it('are those that are seen and some more, wherever it stands', () => {
    for (let topPx = 0; topPx < 4000; topPx += 7) {
      const { first, end } = rowsAround(topPx, 700, ROW_PX);
      expect(first * ROW_PX).toBeLessThanOrEqual(Math.max(0, topPx - 4 * ROW_PX));
      expect(end * ROW_PX).toBeGreaterThanOrEqual(topPx + 700 + 4 * ROW_PX);
      expect(end - first).toBeLessThanOrEqual(48);
    }
  });

  it('stay the same for most steps of a scroll', () => {
    const seen = new Set<string>();
    for (let topPx = 0; topPx < 64 * ROW_PX; topPx += 4) {
      const { first, end } = rowsAround(topPx, 700, ROW_PX);
      seen.add(`${first} ${end}`);
    }
    expect(seen.size).toBeLessThan(20);
  });

  it('are counted through', () => {
    expect(indexesOf({ first: 8, end: 11 })).toEqual([8, 9, 10]);
    expect(indexesOf({ first: 3, end: 3 })).toEqual([]);
  });
});

describe('a row that is to be seen', () => {
  const view = { topPx: 320, heightPx: 352, rowPx: ROW_PX, headPx: 32 };

  it('moves nothing when it is seen already', () => {
    for (const index of [10, 15, 19]) expect(scrollTopFor(index, view)).toBe(320);
  });

  it('comes below the head when it was above, and to the end when it was below', () => {
    expect(scrollTopFor(4, view)).toBe(4 * ROW_PX);
    expect(scrollTopFor(20, view)).toBe(320 + ROW_PX);
  });
});
