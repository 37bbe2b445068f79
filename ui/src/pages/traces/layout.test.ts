import { describe, expect, it } from 'vitest';
import type { Column } from './columns';
import { layoutOf } from './layout';

function column(key: string, widthPx: number, grows?: number): Column {
  return { key, title: key, widthPx, initial: true, cell: () => null, ...(grows ? { grows } : {}) };
}

const shown = [column('name', 100, 2), column('cost', 60), column('words', 100, 1)];

describe('the grid of columns', () => {
  it('lets those that grow share what is left, unless their width was set', () => {
    expect(layoutOf(shown, 0, {}).template).toBe('16px minmax(100px, 2fr) 60px minmax(100px, 1fr)');
    expect(layoutOf(shown, 0, { words: 300 }).template).toBe('16px minmax(100px, 2fr) 60px 300px');
  });

  it('holds pinned ones side by side, behind the box to tick', () => {
    const { placed, template } = layoutOf(shown, 2, {});
    expect(template).toBe('16px 200px 60px minmax(100px, 1fr)');
    expect(placed.map((one) => one.leftPx)).toEqual([44, 44 + 200 + 12, null]);
    expect(placed.map((one) => one.isLastPinned)).toEqual([false, true, false]);
  });

  it('needs room for all columns, the gaps between them and the edges', () => {
    expect(layoutOf(shown, 0, {}).leastPx).toBe(16 + 16 + 12 + 100 + 12 + 60 + 12 + 100 + 16);
  });
});
