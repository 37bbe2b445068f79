import { messagesOf, type Message } from './messages';

/** The value a JSON pointer (RFC 6901) leads to; undefined where it leads nowhere. */
export function at(value: unknown, pointer: string): unknown {
  if (pointer === '') return value;
  let here = value;
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return here;
}

/** A message of a call's input, read whatever dialect it is in. */
export function messageAt(
  inputs: unknown,
  ref: { readonly role: string | null; readonly pointer: string },
): Message {
  const value = at(inputs, ref.pointer);
  const read = messagesOf([value])?.[0];
  if (read) return read;
  if (typeof value === 'string') return { role: ref.role ?? '', parts: [{ kind: 'text', text: value }] };
  return { role: ref.role ?? '', parts: [{ kind: 'data', value }] };
}
