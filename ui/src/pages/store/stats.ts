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
  /** At most a hundred: the living ones first, then the newest. */
  readonly writers: readonly Writer[];
}

export interface Writer {
  readonly writer_id: string;
  readonly program: string | null;
  readonly pid: number | null;
  readonly state: 'alive' | 'dead' | 'unknown' | 'lost_contact';
  readonly start_time: number | null;
  readonly files: number;
  readonly slots: number;
  readonly bytes: number;
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

/** When the oldest day begins that the next compaction leaves, by age and by size; null: all of them stay. */
export function keptFrom(stats: Stats, now: number): number | null {
  const byAge = stats.retain_s === null ? -Infinity : Math.floor((now - stats.retain_s) / DAY_S) * DAY_S;
  let bySize = -Infinity;
  let sum = hotBytes(stats);
  for (const day of [...stats.days].sort((a, b) => timeOf(b) - timeOf(a))) {
    sum += day.span_bytes + day.payload_bytes;
    if (stats.retain_bytes !== null && sum > stats.retain_bytes) {
      bySize = timeOf(day) + DAY_S;
      break;
    }
  }
  const from = Math.max(byAge, bySize);
  return Number.isFinite(from) ? from : null;
}
