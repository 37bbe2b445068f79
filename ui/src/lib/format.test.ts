import { describe, expect, it } from 'vitest';
import { ago, bytes, cost, count, duration, percent, plain } from './format';

describe('numbers', () => {
  it('shows durations in the unit that reads best', () => {
    const shown = [0.84, 4.2, 340, 1234, 59_960, 184_000, 7_620_000, 273_600_000].map((ms) =>
      plain(duration(ms)),
    );
    expect(shown).toEqual([
      '840 µs',
      '4.2 ms',
      '340 ms',
      '1.2 s',
      '1 m 00 s',
      '3 m 04 s',
      '2 h 07 m',
      '3 d 4 h',
    ]);
  });

  it('tells what is unknown from what is nothing', () => {
    expect(plain(cost(null))).toBe('—');
    expect(plain(cost(0))).toBe('$0');
    expect(plain(count(undefined))).toBe('—');
    expect(plain(duration(null))).toBe('—');
  });

  it('shows money without digits that mean nothing', () => {
    expect([0.00002, 0.0042, 0.042, 1.24, 1230].map((usd) => plain(cost(usd)))).toEqual([
      '<$0.0001',
      '$0.0042',
      '$0.042',
      '$1.24',
      '$1.23k',
    ]);
  });

  it('shortens counts and sizes', () => {
    expect([940, 12_300, 4_560_000].map((n) => plain(count(n)))).toEqual(['940', '12.3k', '4.56M']);
    expect([17, 18_637, 3_000_000].map((n) => plain(bytes(n)))).toEqual(['17 B', '18.2 KiB', '2.86 MiB']);
  });

  it('shows shares', () => {
    expect([0, 0.0004, 0.034].map((share) => plain(percent(share)))).toEqual(['0 %', '<0.1 %', '3.4 %']);
  });

  it('counts back from now', () => {
    expect([988, 820, 0].map((at) => ago(at, 1000))).toEqual(['12 s ago', '3 m ago', '16 m ago']);
  });
});
