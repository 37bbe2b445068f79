import { describe, expect, it } from 'vitest';
import { snippetsOf, templateText, tokensOf } from './template';

describe('a template', () => {
  it('is text and variables', () => {
    expect(tokensOf('Hi {{ name }}, {{what}}?')).toEqual([
      { text: 'Hi ' },
      { variable: 'name' },
      { text: ', ' },
      { variable: 'what' },
      { text: '?' },
    ]);
    expect(tokensOf('{{name')).toEqual([{ text: '{{name' }]);
  });

  it('of messages reads as who says what', () => {
    expect(templateText([{ role: 'system', content: 'Be kind.' }, 'odd'])).toBe('system:\nBe kind.\n\n"odd"');
  });

  it('is used in each language by its name, whatever is in it', () => {
    for (const [, code] of snippetsOf('http://localhost', 'say "hi"', ['name']))
      expect(code).toMatch(/say \\"hi\\"|say%20%22hi%22/);
  });
});
