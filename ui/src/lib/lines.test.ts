import { describe, expect, it } from 'vitest';
import { finished } from './lines';

describe('lines', () => {
  const points = [0, 60, 120].map((x) => ({ x, y: x }));

  it('end with the last window that has ended', () => {
    const [line] = finished([{ title: 'a', points }], 60, 150);
    expect(line?.points.map((point) => point.x)).toEqual([0, 60]);
  });

  it('show the window that has not where only points would be left', () => {
    const lines = [{ title: 'a', points }];
    expect(finished(lines, 60, 90)).toBe(lines);
  });
});
