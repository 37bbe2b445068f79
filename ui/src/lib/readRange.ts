/** Ranges of time as people type them: "6h", "yesterday", "yesterday 14:00..15:00", "2026-11-22 9:30..now". */
import { rangeText } from './range';
import type { Zone } from './zone';

/** A clock: parts of a date to seconds since 1970, and back. */
interface Clock {
  readonly at: (year: number, month: number, day: number, second?: number) => number;
  readonly date: (seconds: number) => readonly [year: number, month: number, day: number];
}

const clocks: Readonly<Record<Zone, Clock>> = {
  local: {
    at: (year, month, day, second = 0) => new Date(year, month, day, 0, 0, second).getTime() / 1000,
    date: (seconds) => {
      const date = new Date(seconds * 1000);
      return [date.getFullYear(), date.getMonth(), date.getDate()];
    },
  },
  utc: {
    at: (year, month, day, second = 0) => Date.UTC(year, month, day, 0, 0, second) / 1000,
    date: (seconds) => {
      const date = new Date(seconds * 1000);
      return [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    },
  },
};

type Day = readonly [year: number, month: number, day: number];

/** A day, a time of a day, or both; null: not said. */
interface Point {
  readonly day: Day | null;
  readonly second: number | null;
}

const LENGTH = /^(?:last\s+)?-?(\d+)\s*([smhdw])$/i;
const POINT = /^(?:(today|yesterday|\d{4}-\d\d-\d\d)(?:[ T]+(?=\d)|$))?(?:(\d{1,2}):(\d\d)(?::(\d\d))?)?$/i;
const ISO = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/i;

function dayOf(word: string, now: number, clock: Clock): Day | null {
  const [year, month, day] = clock.date(now);
  if (/^today$/i.test(word)) return [year, month, day];
  if (/^yesterday$/i.test(word)) return clock.date(clock.at(year, month, day - 1));
  const [y, m, d] = word.split('-').map(Number) as [number, number, number];
  // The 31st of a month that has none is no day.
  const [, shownMonth, shownDay] = clock.date(clock.at(y, m - 1, d));
  return shownMonth === m - 1 && shownDay === d ? [y, m - 1, d] : null;
}

function pointOf(text: string, now: number, clock: Clock): Point | null {
  const [, word, hour, minute, second = '0'] = POINT.exec(text) ?? [];
  if (word === undefined && hour === undefined) return null;
  const day = word === undefined ? null : dayOf(word, now, clock);
  if (word !== undefined && day === null) return null;
  if (hour === undefined) return { day, second: null };
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  return h < 24 && m < 60 && s < 60 ? { day, second: h * 3600 + m * 60 + s } : null;
}

/** Seconds of what names a moment by itself; null: it does not. */
function momentOf(text: string, now: number): number | null {
  if (/^now$/i.test(text)) return now;
  if (!ISO.test(text)) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms / 1000;
}

/** From one point to another: a time alone is of the day of the beginning, and a day as an end is whole. */
function between(first: string, last: string, now: number, clock: Clock): [number, number] | null {
  const today = clock.date(now);
  const start = pointOf(first, now, clock);
  const end = pointOf(last, now, clock);
  const from = start ? clock.at(...(start.day ?? today), start.second ?? 0) : momentOf(first, now);
  if (from === null) return null;
  if (!end) {
    const to = momentOf(last, now);
    return to === null ? null : [from, to];
  }
  const [year, month, day] = end.day ?? start?.day ?? clock.date(from);
  return [
    from,
    end.second === null ? clock.at(year, month, day + 1) : clock.at(year, month, day, end.second),
  ];
}

/** The range as the address holds it; null: the text is none. Times are of the zone. */
export function readRange(text: string, now: number, zone: Zone): string | null {
  const trimmed = text.trim();
  if (/^all$/i.test(trimmed)) return 'all';
  const [, number, unit] = LENGTH.exec(trimmed) ?? [];
  if (unit) return Number(number) > 0 ? `-${Number(number)}${unit.toLowerCase()}` : null;
  const [first, last, ...more] = trimmed.split(/\s*\.\.\s*|\s+to\s+|\s*–\s*/);
  if (!first || last === '' || more.length > 0) return null;
  const clock = clocks[zone];
  const isDay = last !== undefined || pointOf(first, now, clock)?.second === null;
  const found = isDay ? between(first, last ?? first, now, clock) : null;
  return found && found[0] < found[1] ? rangeText(...found) : null;
}
