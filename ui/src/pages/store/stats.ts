/** GET /stats. */
export interface Stats {
  readonly spans: number;
  readonly traces: number;
  readonly raw_payload_bytes: number;
  readonly stored_payload_bytes: number;
  readonly unique_payload_bytes: number;
  readonly span_bytes: number;
  readonly text_index_bytes: number;
  readonly bytes_per_span: number;
  readonly files: number;
  readonly parts: number;
  readonly replacements: number;
  readonly open_spans: number;
  readonly events: number;
  readonly links: number;
  readonly scores: number;
  readonly writers_alive: number;
  readonly writers_dead: number;
  readonly writers_unknown: number;
  /** What is kept; null: no limit. */
  readonly retain_s: number | null;
  readonly retain_bytes: number | null;
  /** Those that were compacted. */
  readonly days: readonly StoredDay[];
}

export interface StoredDay {
  readonly day: string;
  readonly spans: number;
  readonly span_bytes: number;
  readonly payload_bytes: number;
}

export const DAY_S = 86_400;

/** Seconds since 1970 of a day, which begins in UTC. */
export function timeOf({ day }: StoredDay): number {
  return Date.parse(`${day}T00:00Z`) / 1000;
}

/** Bytes of what is not compacted yet. */
export function hotBytes(stats: Stats): number {
  const packed = stats.days.reduce((sum, day) => sum + day.span_bytes + day.payload_bytes, 0);
  return Math.max(0, stats.span_bytes + stats.stored_payload_bytes + stats.text_index_bytes - packed);
}
