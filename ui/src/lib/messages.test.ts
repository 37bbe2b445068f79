import { describe, expect, it } from 'vitest';
import { messagesOf } from './messages';

describe('messages of a model call', () => {
  it('reads OpenAI chat, also broken arguments', () => {
    const found = messagesOf({
      model: 'm',
      messages: [
        { role: 'user', content: 'hi' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
            { id: 'c2', type: 'function', function: { name: 'g', arguments: '{"a":' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'done' },
      ],
    });
    expect(found?.map((message) => message.parts)).toEqual([
      [{ kind: 'text', text: 'hi' }],
      [
        { kind: 'call', id: 'c1', name: 'f', args: { a: 1 } },
        { kind: 'call', id: 'c2', name: 'g', args: '{"a":' },
      ],
      [{ kind: 'result', callId: 'c1', parts: [{ kind: 'text', text: 'done' }], failed: false }],
    ]);
  });

  it('reads Anthropic blocks and its system prompt', () => {
    const found = messagesOf({
      system: 'be kind',
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm' },
            { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', is_error: true, content: 'no' }] },
      ],
    });
    expect(found?.map((message) => message.role)).toEqual(['system', 'assistant', 'user']);
    expect(found?.[1]?.parts[0]).toEqual({ kind: 'reasoning', text: 'hm' });
    expect(found?.[2]?.parts[0]).toMatchObject({ kind: 'result', callId: 't', failed: true });
  });

  it('reads an answer of choices, and Gemini parts', () => {
    expect(messagesOf({ choices: [{ message: { role: 'assistant', content: 'yes' } }] })?.[0]?.parts).toEqual(
      [{ kind: 'text', text: 'yes' }],
    );
    expect(
      messagesOf({
        contents: [{ role: 'model', parts: [{ functionCall: { name: 'f', args: { a: 1 } } }] }],
      })?.[0]?.parts,
    ).toEqual([{ kind: 'call', id: null, name: 'f', args: { a: 1 } }]);
  });

  it('keeps what it does not know, and says when there is no conversation', () => {
    expect(messagesOf([{ role: 'user', content: [{ type: 'hologram', x: 1 }] }])?.[0]?.parts).toEqual([
      { kind: 'data', value: { type: 'hologram', x: 1 } },
    ]);
    expect(messagesOf({ order_id: 7 })).toBeNull();
    expect(messagesOf('words')).toBeNull();
  });
});
