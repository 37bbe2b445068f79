import { describe, expect, it } from 'vitest';
import { wordDiff } from './wordDiff';

function sideOf(pieces: ReturnType<typeof wordDiff>, hidden: -1 | 1): string {
  return pieces
    .filter((piece) => piece.side !== hidden)
    .map((piece) => piece.text)
    .join('');
}

describe('a diff', () => {
  it('holds both texts, whatever their size', () => {
    for (const [a, b] of [
      ['the quick fox', 'the slow fox runs'],
      ['', 'new'],
      ['a\nb\n'.repeat(20_000), 'a\nc\n'.repeat(20_000)],
      ['x'.repeat(3_000_000), 'y'],
    ] as const) {
      const pieces = wordDiff(a, b);
      expect(sideOf(pieces, 1)).toBe(a);
      expect(sideOf(pieces, -1)).toBe(b);
    }
  });

  it('goes by words', () => {
    expect(wordDiff('one two three', 'one 2 three').filter((piece) => piece.side !== 0)).toEqual([
      { text: 'two', side: -1 },
      { text: '2', side: 1 },
    ]);
  });

  it('takes words that changed one after the other as one change', () => {
    const pieces = wordDiff('say: three to five days.', 'say: within four days.');
    expect(pieces.map((piece) => piece.side)).toEqual([0, -1, 1, 0]);
    expect(sideOf(pieces, 1)).toBe('say: three to five days.');
    expect(sideOf(pieces, -1)).toBe('say: within four days.');
  });
});
