import { describe, expect, it } from 'vitest';
import { termOf, toggled, topTerms } from './terms';

describe('terms of a filter', () => {
  it('are split at the top only', () => {
    expect(topTerms('type = llm and (model = a and cost > 1) and name = "rock and roll"')).toEqual([
      'type = llm',
      '(model = a and cost > 1)',
      'name = "rock and roll"',
    ]);
    expect(topTerms('')).toEqual([]);
  });

  it('are quoted where they are not plain words', () => {
    expect(termOf('model', 'gpt-4o')).toBe('model = gpt-4o');
    expect(termOf('agent', 'the "best" one')).toBe('agent = "the \\"best\\" one"');
    expect(termOf('prompt_version', 2)).toBe('prompt_version = 2');
    expect(termOf('status', 'error')).toBe('trace.status = error');
  });

  it('come and go', () => {
    const once = toggled('cost > 1', 'model = a');
    expect(once).toBe('cost > 1 and model = a');
    expect(toggled(once, 'model = a')).toBe('cost > 1');
  });
});
