import { get } from './api';
import type { Skeleton } from './spans';
import type { Span } from './types';

const BEGINNING = /^[0-9a-f]{8,31}$/i;

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch {
    return null;
  }
}

/** Where the trace or span is whose id begins so; null: the text is no such thing, or nothing has it. */
export async function addressOfId(text: string): Promise<string | null> {
  if (!BEGINNING.test(text)) return null;
  const [trace, span] = await Promise.all([
    orNull(get<Skeleton>(`/traces/${text}/skeleton`, { max: 1 })),
    orNull(get<Span>(`/spans/${text}`)),
  ]);
  if (trace) return `/traces/${trace.trace.trace_id}`;
  return span && `/traces/${span.trace_id}?span=${span.span_id}`;
}
