/** Messages out of the payloads of model calls, whatever dialect they are in. What is not understood is
 * kept as data: nothing vanishes. */

/** Sound or a picture: its bytes, or only the address where it was. */
export interface Media {
  readonly what: string;
  readonly mediaType: string | null;
  readonly base64: string | null;
  readonly address: string | null;
}

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reasoning'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string | null; readonly name: string; readonly args: unknown }
  | {
      readonly kind: 'result';
      readonly callId: string | null;
      readonly parts: readonly Part[];
      readonly failed: boolean;
    }
  | ({ readonly kind: 'media' } & Media)
  | { readonly kind: 'data'; readonly value: unknown };

export interface Message {
  readonly role: string;
  readonly parts: readonly Part[];
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Arguments come as JSON in a string, which a model may have broken. */
function argumentsOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function callOf(fields: Fields): Part | null {
  const fn = isFields(fields['function'])
    ? fields['function']
    : isFields(fields['functionCall'])
      ? fields['functionCall']
      : fields;
  const name = text(fn['name']);
  if (name === null) return null;
  return {
    kind: 'call',
    id: text(fields['id']) ?? text(fields['call_id']),
    name,
    args: argumentsOf(fn['arguments'] ?? fn['args'] ?? fn['input'] ?? null),
  };
}

function resultOf(fields: Fields, content: unknown): Part {
  return {
    kind: 'result',
    callId:
      text(fields['tool_use_id']) ??
      text(fields['tool_call_id']) ??
      text(fields['call_id']) ??
      text(fields['id']),
    parts: partsOf(content),
    failed: fields['is_error'] === true,
  };
}

const DATA_ADDRESS = /^data:([\w.+-]+\/[\w.+-]+)(?:;[^,;]*)*;base64,/;

/** Bytes that stand in an address, or the address. */
function mediaAt(what: string, address: string): Part {
  const mediaType = DATA_ADDRESS.exec(address)?.[1];
  if (mediaType === undefined) return { kind: 'media', what, mediaType: null, base64: null, address };
  return { kind: 'media', what, mediaType, base64: address.slice(address.indexOf(',') + 1), address: null };
}

/** What the APIs call image, input_image, image_url, input_audio, inlineData, or a payload that is media. */
function mediaOf(what: string, block: Fields): Part | null {
  for (const key of ['image_url', 'source', 'input_audio', 'inlineData', 'inline_data', 'audio']) {
    const inner = block[key];
    if (typeof inner === 'string') return mediaAt(what, inner);
    if (isFields(inner)) return mediaOf(what, inner);
  }
  const address = text(block['url']) ?? text(block['uri']);
  if (address !== null) return mediaAt(what, address);
  const base64 = text(block['data']) ?? text(block['base64']);
  const format = text(block['format']);
  const mediaType =
    text(block['media_type']) ??
    text(block['mimeType']) ??
    text(block['mime_type']) ??
    (format === null ? null : `audio/${format === 'mp3' ? 'mpeg' : format}`);
  return base64 === null ? null : { kind: 'media', what, mediaType, base64, address: null };
}

/** A payload that is sound or a picture as a whole. */
export function mediaPayload(payload: unknown): Media | null {
  if (!isFields(payload) || text(payload['base64']) === null) return null;
  const mediaType = text(payload['media_type']) ?? '';
  const part = mediaOf(mediaType.split('/', 1)[0] ?? 'data', payload);
  return part?.kind === 'media' ? part : null;
}

/** One block of a content list. */
function blockOf(block: unknown): Part {
  if (typeof block === 'string') return { kind: 'text', text: block };
  if (!isFields(block)) return { kind: 'data', value: block };
  const words = text(block['text']) ?? text(block['content']);
  switch (block['type']) {
    case 'text':
    case 'input_text':
    case 'output_text':
      if (words !== null) return { kind: 'text', text: words };
      break;
    case 'thinking':
    case 'reasoning':
      return { kind: 'reasoning', text: text(block['thinking']) ?? words ?? '' };
    case 'tool_use':
    case 'tool_call':
    case 'function_call':
    case 'function':
      return callOf(block) ?? { kind: 'data', value: block };
    case 'tool_result':
      return resultOf(block, block['content']);
    case 'tool_call_response':
      return resultOf(block, block['response'] ?? block['result']);
    case 'function_call_output':
      return resultOf(block, block['output']);
    case 'image':
    case 'image_url':
    case 'input_image':
    case 'input_audio':
    case 'audio':
      return (
        mediaOf(block['type'].replace('input_', '').replace('_url', ''), block) ?? {
          kind: 'data',
          value: block,
        }
      );
    case undefined:
      if (isFields(block['inlineData'])) return mediaOf('media', block) ?? { kind: 'data', value: block };
      if (isFields(block['functionCall'])) return callOf(block) ?? { kind: 'data', value: block };
      if (isFields(block['functionResponse'])) return resultOf(block, block['functionResponse']['response']);
      if (words !== null) return { kind: 'text', text: words };
      break;
  }
  return { kind: 'data', value: block };
}

function partsOf(content: unknown): Part[] {
  if (content === null || content === undefined || content === '') return [];
  if (Array.isArray(content)) return content.map(blockOf);
  return [blockOf(content)];
}

function messageOf(fields: Fields): Message | null {
  const role = text(fields['role']) ?? (fields['source'] === undefined ? null : text(fields['source']));
  if (role === null) return null;
  const content = fields['content'] ?? fields['parts'] ?? fields['message'];
  if (role === 'tool') return { role, parts: [resultOf(fields, content)] };
  const parts = partsOf(content);
  const reasoning = text(fields['reasoning']) ?? text(fields['reasoning_content']);
  if (reasoning) parts.unshift({ kind: 'reasoning', text: reasoning });
  const calls = fields['tool_calls'];
  if (Array.isArray(calls))
    for (const call of calls)
      parts.push((isFields(call) ? callOf(call) : null) ?? { kind: 'data', value: call as unknown });
  return { role, parts };
}

function listOf(value: readonly unknown[]): Message[] | null {
  const messages: Message[] = [];
  for (const item of value) {
    const message = isFields(item) ? messageOf(item) : null;
    if (!message) return null;
    messages.push(message);
  }
  return messages;
}

/** The messages of an input or output, or null when it is not a conversation. */
export function messagesOf(payload: unknown): Message[] | null {
  if (Array.isArray(payload)) return payload.length > 0 ? listOf(payload) : null;
  if (!isFields(payload)) return null;
  const single = messageOf(payload);
  if (single) return [single];
  const list = payload['messages'] ?? payload['input'] ?? payload['contents'];
  if (Array.isArray(list)) {
    const messages = listOf(list);
    const system = payload['system'] ?? payload['instructions'] ?? payload['systemInstruction'];
    if (messages && system) return [{ role: 'system', parts: partsOf(system) }, ...messages];
    return messages;
  }
  const choices = payload['choices'];
  if (Array.isArray(choices))
    return listOf(
      choices.map(
        (choice) => (isFields(choice) ? (choice['message'] ?? choice['delta']) : choice) as unknown,
      ),
    );
  return null;
}

function partText(part: Part): string {
  switch (part.kind) {
    case 'text':
    case 'reasoning':
      return part.text;
    case 'call':
      return `${part.name}(${JSON.stringify(part.args, null, 1)})`;
    case 'result':
      return part.parts.map(partText).join('\n');
    case 'media':
      return `[${part.what}]`;
    case 'data':
      return JSON.stringify(part.value, null, 1);
  }
}

/** A message as text alone, to compare it with another. */
export function textOf(message: Message): string {
  return message.parts.map(partText).join('\n');
}
