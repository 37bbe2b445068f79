import { describe, expect, it } from 'vitest';
import { Ring } from './ring';

describe('a ring', () => {
  it('holds the newest values in their order', () => {
    const ring = new Ring<number>(3);
    for (const value of [1, 2, 3, 4, 5]) ring.push(value);
    expect([ring.length, ring.added]).toEqual([3, 5]);
    expect([ring.at(0), ring.at(1), ring.at(2), ring.at(3), ring.at(-1)]).toEqual([
      3,
      4,
      5,
      undefined,
      undefined,
    ]);
  });

  it('is empty again when it was cleared', () => {
    const ring = new Ring<number>(2);
    ring.push(1);
    ring.clear();
    expect([ring.length, ring.at(0)]).toEqual([0, undefined]);
  });
});
