/** Agents may give ids of any text: then `*_id` is that text, and `*_id_hex` the digits that stand for it in
 * addresses and filters (docs/api.md, Ids). */
interface Named {
  readonly trace_id: string;
  readonly trace_id_hex?: string;
  readonly span_id?: string;
  readonly span_id_hex?: string;
}

/** The same with the digits as its ids. */
export function withDigits<T extends Named>(one: T): T {
  const { trace_id_hex: trace, span_id_hex: span } = one;
  if (trace === undefined && span === undefined) return one;
  return { ...one, ...(trace ? { trace_id: trace } : {}), ...(span ? { span_id: span } : {}) };
}
