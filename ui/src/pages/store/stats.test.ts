import { describe, expect, it } from 'vitest';
import { hotBytes, timeOf, type Stats } from './stats';

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
