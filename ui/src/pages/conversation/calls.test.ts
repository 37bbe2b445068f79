import { describe, expect, it } from 'vitest';
import { skeletonOf } from '../../lib/skeletonOf';
import { spansOf } from '../../lib/spans';
import { at } from '../../lib/messageAt';
import { byRole, callsByAgent } from './calls';

describe('the calls of a trace', () => {
  it('are told apart by agent, in the order of their start', () => {
    const spans = spansOf(
      skeletonOf([
        { name: 'late', type: 'llm', agent: 'a', start: 9 },
        { name: 'other', type: 'llm', agent: 'b', start: 1 },
        { name: 'tool', type: 'tool', agent: 'a' },
        { name: 'early', type: 'llm', agent: 'a', start: 2 },
      ]),
    );
    expect(callsByAgent(spans)).toEqual([
      { agent: 'a', rows: [3, 0] },
      { agent: 'b', rows: [1] },
    ]);
  });

  it('lead to their messages by pointers, and to nothing where there is none', () => {
    const payload = { messages: [{ content: 'hi' }], 'a/b': { '~': 1 } };
    expect(at(payload, '/messages/0/content')).toBe('hi');
    expect(at(payload, '/a~1b/~0')).toBe(1);
    expect(at(payload, '/messages/7')).toBeUndefined();
    expect(at(payload, '/constructor')).toBeUndefined();
  });

  it('add up by role', () => {
    const sent = { hash: '', pointer: '', tokens_estimate: null, new: true };
    const sums = byRole([
      { ...sent, role: 'system', bytes: 5 },
      { ...sent, role: 'developer', bytes: 2 },
      { ...sent, role: 'model', bytes: 3 },
    ]);
    expect(sums.filter((one) => one.bytes > 0)).toEqual([
      { role: 'system', bytes: 7 },
      { role: 'assistant', bytes: 3 },
    ]);
  });
});
