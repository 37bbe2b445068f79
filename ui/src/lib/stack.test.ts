import { describe, expect, it } from 'vitest';
import { stackOf } from './stack';

const range = { fromS: 130, toS: 310, stepS: 60 };

describe('a stack', () => {
  it('has a bar for each step of the range, also where there is nothing', () => {
    const { names, bars } = stackOf(
      [
        { time: 120, name: 'a', value: 1 },
        { time: 240, name: 'b', value: 5 },
      ],
      range,
    );
    expect(names).toEqual(['b', 'a']);
    expect(bars).toEqual([
      { time: 120, values: [0, 1] },
      { time: 180, values: [0, 0] },
      { time: 240, values: [5, 0] },
      { time: 300, values: [0, 0] },
    ]);
  });

  it('puts together what is small, and loses nothing', () => {
    const points = Array.from({ length: 9 }, (_, at) => ({ time: 240, name: `m${at}`, value: at + 1 }));
    const { names, bars } = stackOf(points, range);
    expect(names).toEqual(['m8', 'm7', 'm6', 'm5', 'm4', 'other']);
    expect(bars[2]!.values).toEqual([9, 8, 7, 6, 5, 10]);
  });
});
