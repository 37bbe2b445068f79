import { describe, expect, it } from 'vitest';
import type { Alert } from '../../lib/alerts';
import { conditionText, seriesQuery, tracesHref } from './rule';

const errors: Alert = {
  name: 'errors',
  state: 'firing',
  since: 1,
  value: 0.06,
  filter: 'type = llm or a',
  aggregate: 'error_rate',
  unit: null,
  comparison: 'above',
  threshold: 0.05,
  resolve: 0.02,
  window: 900,
  for: 300,
  every: 60,
  by: ['agent'],
  webhooks: [],
  yaml: '',
  line: 1,
  evaluated_at: 1,
  error: null,
  series: [],
  groups_left_out: 0,
};
const budget: Alert = {
  ...errors,
  aggregate: 'sum:total_cost',
  unit: 'USD',
  threshold: 50,
  window: 'day',
  for: 0,
};

describe('a rule', () => {
  it('reads as a sentence', () => {
    expect(conditionText(errors)).toBe('error_rate above 5 % in 15m for 5m');
    expect(conditionText(budget)).toBe('sum:total_cost above $50.00 since midnight UTC');
  });

  it('leads to the traces that it is about', () => {
    const { searchParams } = new URL(tracesHref(errors, { agent: 'a "b"' }, 0), 'http://x');
    expect(searchParams.get('range')).toBe('-15m');
    expect(searchParams.get('q')).toBe('(type = llm or a) and agent = "a \\"b\\"" and status = "error"');
  });

  it('of a calendar day leads to what came since midnight UTC', () => {
    const noon = Date.UTC(2026, 10, 23, 12) / 1000;
    const { searchParams } = new URL(tracesHref(budget, {}, noon), 'http://x');
    expect(searchParams.get('range')).toBe('2026-11-23T00:00:00.000Z..2026-11-23T12:00:00.000Z');
  });

  it('is drawn over a day at least, by its own window', () => {
    expect(seriesQuery(errors)).toMatchObject({ from: '-1d', every: '15m', group_by: ['agent'] });
    expect(seriesQuery(budget)).toMatchObject({ from: '-12d', every: '1d' });
    expect(seriesQuery({ ...budget, window: 'month' })).toMatchObject({ from: '-31d', every: '1d' });
  });
});
