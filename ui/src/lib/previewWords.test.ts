import { describe, expect, it } from 'vitest';
import { previewWords } from './previewWords';

describe('a preview', () => {
  it('of a message shows what was said, even cut off', () => {
    expect(previewWords('{"role":"assistant","content":"I \\"do\\" it\\nnow"}')).toBe('I "do" it\nnow');
    expect(previewWords('[{"type":"text", "text": "one long sentence that is cut')).toBe(
      'one long sentence that is cut',
    );
    expect(previewWords('{"content":"cut in an escape \\u20')).toBe('cut in an escape ');
  });

  it('of anything else stays as it is', () => {
    expect(previewWords('say "content":"x"')).toBe('say "content":"x"');
    expect(previewWords('{"rows":3}')).toBe('{"rows":3}');
  });
});
