import { describe, expect, it } from 'vitest';
import { piecesOf } from './pieces';

describe('the pieces of a text', () => {
  it('are its lines, long ones cut', () => {
    expect(piecesOf('ab\n\ncdefg\nh', 3)).toEqual(['ab', '', 'cde', 'fg', 'h']);
    expect(piecesOf('', 3)).toEqual([]);
  });

  it('of one endless line hold all of it', () => {
    const text = 'x'.repeat(10_000_000);
    expect(piecesOf(text, 160).join('')).toBe(text);
  });
});
