import { describe, expect, it } from 'vitest';
import { choiceOf, isIn, topTerms, withValue } from './terms';

describe('terms of a filter', () => {
  it('are split at the top only', () => {
    expect(topTerms('type = llm and (model = a and cost > 1) and name = "rock and roll"')).toEqual([
      'type = llm',
      '(model = a and cost > 1)',
      'name = "rock and roll"',
    ]);
    expect(topTerms('')).toEqual([]);
  });
});

describe('a click on the value of a facet', () => {
  it('chooses it alone, quoted where it is no plain word, and takes that back', () => {
    const once = withValue('cost > 1', 'model', 'gpt-4o', 'only');
    expect(once).toBe('cost > 1 and model = gpt-4o');
    expect(withValue(once, 'model', 'the "best" one', 'only')).toBe(
      'cost > 1 and model = "the \\"best\\" one"',
    );
    expect(withValue(once, 'model', 'gpt-4o', 'only')).toBe('cost > 1');
    expect(withValue('', 'prompt_version', 2, 'only')).toBe('prompt_version = 2');
    expect(withValue('', 'status', 'error', 'only')).toBe('trace.status = error');
  });

  it('chooses it beside others', () => {
    const two = withValue('model = a', 'model', 'the "best" one', 'also');
    expect(two).toBe('model in (a, "the \\"best\\" one")');
    const three = withValue(two, 'model', 'c', 'also');
    expect(choiceOf(three, 'model').chosen).toEqual(['a', '"the \\"best\\" one"', 'c']);
    expect(withValue(two, 'model', 'the "best" one', 'also')).toBe('model = a');
    expect(withValue(three, 'model', 'c', 'only')).toBe('model = c');
  });

  it('leaves traces out that have it, whatever else they have', () => {
    const without = withValue('model = a', 'model', 'b', 'not');
    expect(without).toBe('model = a and not trace.has(model = b)');
    const both = withValue(without, 'model', 'a', 'not');
    expect(both).toBe('not trace.has(model in (b, a))');
    expect(withValue(both, 'model', 'b', 'not')).toBe('not trace.has(model = a)');
    expect(withValue(both, 'model', 'b', 'only')).toBe('model = b and not trace.has(model = a)');
    expect(withValue('', 'status', 'error', 'not')).toBe('not trace.status = error');
    expect(isIn(choiceOf(both, 'model').excluded, 'b')).toBe(true);
  });

  it('leaves terms alone that others wrote', () => {
    expect(withValue('model ~ "gpt*" and agent = x', 'model', 'a', 'only')).toBe(
      'model ~ "gpt*" and agent = x and model = a',
    );
    expect(choiceOf('model != a and not model = b', 'model')).toEqual({ chosen: [], excluded: [] });
  });
});
