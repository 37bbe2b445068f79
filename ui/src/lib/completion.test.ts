import { describe, expect, it } from 'vitest';
import { complete } from './completion';

const models = (field: string) => (field === 'model' ? ['gpt-4o', 'odd one'] : []);

function options(text: string): readonly string[] {
  return complete(text, text.length, models).options;
}

describe('completion of a filter', () => {
  it('offers fields, then operators, values and what joins them', () => {
    expect(options('')).toContain('model');
    expect(options('mod')).toEqual(['model']);
    expect(options('model ')).toContain('~');
    expect(options('model = ')).toEqual(['gpt-4o', '"odd one"']);
    expect(options('model = gpt-4o ')).toEqual(['and', 'or']);
    expect(options('model = gpt-4o and not (ty')).toEqual(['type']);
  });

  it('knows the names of types and states, and that lists have several', () => {
    expect(options('type in (llm, to')).toEqual(['tool']);
    expect(options('type in (llm) ')).toEqual(['and', 'or']);
    expect(options('status = err')).toEqual(['error']);
  });

  it('takes the place of what is being written', () => {
    expect(complete('type = ll', 9, models)).toMatchObject({ from: 7, to: 9, options: ['llm'] });
    expect(complete('model = "odd', 12, models)).toMatchObject({ from: 8, options: ['"odd one"'] });
  });

  it('leaves plain words alone', () => {
    expect(options('refund policy ')).toEqual(['and', 'or']);
  });
});
