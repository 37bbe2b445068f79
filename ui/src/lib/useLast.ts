import { useRef } from 'react';

/** The value, or the last one there was: what one reads stays while a newer answer is waited for or was an
 * error. */
export function useLast<T>(value: T | undefined): T | undefined {
  const last = useRef(value);
  if (value !== undefined) last.current = value;
  return last.current;
}
