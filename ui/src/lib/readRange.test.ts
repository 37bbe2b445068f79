import { describe, expect, it } from 'vitest';
import { rangeLabel } from './range';
import { readRange } from './readRange';

const now = Date.UTC(2026, 10, 22, 16, 30) / 1000;

function read(text: string): string | null {
  return readRange(text, now, 'utc');
}

describe('a range that is typed', () => {
  it('is a length back from now', () => {
    expect(read('-6h')).toBe('-6h');
    expect(read(' last 15 m')).toBe('-15m');
    expect(read('2W')).toBe('-2w');
    expect(read('all')).toBe('all');
  });

  it('is a day, or several', () => {
    expect(read('yesterday')).toBe('2026-11-21T00:00:00.000Z..2026-11-22T00:00:00.000Z');
    expect(read('2026-11-01..2026-11-03')).toBe('2026-11-01T00:00:00.000Z..2026-11-04T00:00:00.000Z');
  });

  it('is between two times, of the day that was said last', () => {
    expect(read('yesterday 14:00..15:30')).toBe('2026-11-21T14:00:00.000Z..2026-11-21T15:30:00.000Z');
    expect(read('9:30 to now')).toBe('2026-11-22T09:30:00.000Z..2026-11-22T16:30:00.000Z');
    expect(read('2026-11-20 23:00..2026-11-21 1:00:05')).toBe(
      '2026-11-20T23:00:00.000Z..2026-11-21T01:00:05.000Z',
    );
    expect(read('2026-11-20T23:00Z..2026-11-21T01:00+01:00')).toBe(
      '2026-11-20T23:00:00.000Z..2026-11-21T00:00:00.000Z',
    );
  });

  it('is in the zone that was chosen', () => {
    const midnight = new Date(2026, 10, 21).toISOString();
    expect(readRange('2026-11-21', now, 'local')).toContain(`${midnight}..`);
  });

  it('is refused when it is none', () => {
    for (const text of [
      '',
      '14:00',
      '0h',
      'soon',
      '2026-02-30',
      '15:00..14:00',
      '25:00..now',
      'a..b..c',
      '9:00..',
    ])
      expect(read(text), text).toBeNull();
  });
});

describe('the label of a range', () => {
  it('says what it is', () => {
    expect(rangeLabel('-24h')).toBe('Last 24 hours');
    expect(rangeLabel('-6h')).toBe('Last 6h');
    expect(rangeLabel('all')).toBe('All');
  });
});
