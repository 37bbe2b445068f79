import { describe, expect, it } from 'vitest';
import { DAY_S, hotBytes, keptFrom, timeOf, type Stats } from './stats';

describe('bytes of a store', () => {
  const day = { day: '2026-11-22', spans: 3, span_bytes: 100, payload_bytes: 30 };

  it('are hot as far as no day has them', () => {
    const stats = { span_bytes: 150, stored_payload_bytes: 25, text_index_bytes: 5, days: [day] };
    expect(hotBytes(stats as unknown as Stats)).toBe(50);
  });

  it('are of days in UTC', () => {
    expect(timeOf(day)).toBe(Date.UTC(2026, 10, 22) / 1000);
  });
});

describe('what stays', () => {
  const today = Date.UTC(2026, 10, 22) / 1000;
  const days = ['2026-11-19', '2026-11-20', '2026-11-21'].map((day) => ({
    day,
    spans: 1,
    span_bytes: 60,
    payload_bytes: 40,
  }));
  const store = { span_bytes: 180, stored_payload_bytes: 120, text_index_bytes: 0, days };
  const limits = (retain_s: number | null, retain_bytes: number | null) =>
    ({ ...store, retain_s, retain_bytes }) as unknown as Stats;

  it('is all, where nothing is said', () => {
    expect(keptFrom(limits(null, null), today)).toBeNull();
    expect(keptFrom(limits(null, 1000), today)).toBeNull();
  });

  it('goes by age, in whole days', () => {
    expect(keptFrom(limits(2 * DAY_S, null), today + 3600)).toBe(today - 2 * DAY_S);
  });

  it('goes by size, the oldest days first', () => {
    expect(keptFrom(limits(null, 250), today)).toBe(today - 2 * DAY_S);
  });

  it('goes by the stricter of the two', () => {
    expect(keptFrom(limits(DAY_S, 250), today)).toBe(today - DAY_S);
    expect(keptFrom(limits(30 * DAY_S, 250), today)).toBe(today - 2 * DAY_S);
  });
});
