/** Numbers as people read them. What is not known is an em dash, never 0. */
import { currentZone, type Zone } from './zone';

const NONE = '—';

/** A value and its unit, apart so that the unit can be drawn fainter. */
export interface Shown {
  readonly text: string;
  readonly unit: string;
}

const none: Shown = { text: NONE, unit: '' };

function pad2(value: number): string {
  return String(value).padStart(2, '0');
}

/** Three significant digits at least, no digits that mean nothing. */
function short(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1).replace(/\.0$/, '');
  return value.toFixed(2).replace(/\.?0+$/, '');
}

export function duration(ms: number | null | undefined): Shown {
  if (ms == null) return none;
  if (ms < 1) return { text: (ms * 1000).toFixed(0), unit: 'µs' };
  if (ms < 100) return { text: ms.toFixed(1).replace(/\.0$/, ''), unit: 'ms' };
  if (ms < 999.5) return { text: ms.toFixed(0), unit: 'ms' };
  const seconds = ms / 1000;
  if (seconds < 59.95) return { text: seconds.toFixed(1), unit: 's' };
  const whole = Math.round(seconds);
  if (whole < 3600) return { text: `${Math.floor(whole / 60)} m ${pad2(whole % 60)}`, unit: 's' };
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return { text: `${Math.floor(minutes / 60)} h ${pad2(minutes % 60)}`, unit: 'm' };
  return { text: `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)}`, unit: 'h' };
}

export function cost(usd: number | null | undefined): Shown {
  if (usd == null) return none;
  if (usd === 0) return { text: '$0', unit: '' };
  if (usd < 0.0001) return { text: '<$0.0001', unit: '' };
  if (usd < 0.01) return { text: `$${usd.toFixed(4)}`, unit: '' };
  if (usd < 1) return { text: `$${usd.toFixed(3)}`, unit: '' };
  if (usd < 1000) return { text: `$${usd.toFixed(2)}`, unit: '' };
  return { text: `$${short(usd / 1000)}`, unit: 'k' };
}

export function count(value: number | null | undefined): Shown {
  if (value == null) return none;
  if (value < 1000) return { text: Number.isInteger(value) ? String(value) : short(value), unit: '' };
  if (value < 999_500) return { text: short(value / 1000), unit: 'k' };
  if (value < 999_500_000) return { text: short(value / 1e6), unit: 'M' };
  return { text: short(value / 1e9), unit: 'G' };
}

export function bytes(value: number | null | undefined): Shown {
  if (value == null) return none;
  if (value < 1024) return { text: value.toFixed(0), unit: 'B' };
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let scaled = value / 1024;
  let at = 0;
  while (scaled >= 1023.5 && at < units.length - 1) {
    scaled /= 1024;
    at++;
  }
  return { text: short(scaled), unit: units[at] ?? '' };
}

/** A share of one. */
export function percent(share: number | null | undefined): Shown {
  if (share == null) return none;
  if (share === 0) return { text: '0', unit: '%' };
  if (share < 0.001) return { text: '<0.1', unit: '%' };
  return { text: (share * 100).toFixed(1).replace(/\.0$/, ''), unit: '%' };
}

export function plain(shown: Shown): string {
  return shown.unit && !/^[kMG]$/.test(shown.unit) ? `${shown.text} ${shown.unit}` : shown.text + shown.unit;
}

/** "12 s ago" */
export function ago(seconds: number, now: number): string {
  const past = Math.max(0, now - seconds);
  if (past < 60) return `${Math.floor(past)} s ago`;
  if (past < 3600) return `${Math.floor(past / 60)} m ago`;
  if (past < 86_400) return `${Math.floor(past / 3600)} h ago`;
  return `${Math.floor(past / 86_400)} d ago`;
}

type InZones = Readonly<Record<Zone, Intl.DateTimeFormat>>;

function inZones(options: Intl.DateTimeFormatOptions): InZones {
  return {
    local: new Intl.DateTimeFormat('en-GB', options),
    utc: new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }),
  };
}

const dayAndTime = inZones({
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** "22 Nov, 14:03:07.412", in the zone that was chosen. */
export function moment(seconds: number): string {
  return dayAndTime[currentZone()].format(seconds * 1000);
}

/** A moment by each clock. */
export function clocks(seconds: number): string {
  const { local, utc } = dayAndTime;
  return `${local.format(seconds * 1000)} here\n${utc.format(seconds * 1000)} UTC\n${seconds} s since 1970`;
}

const hour = inZones({ day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit' });

/** "22 Nov, 14:00", in the zone that was chosen. */
export function hourOf(seconds: number): string {
  return hour[currentZone()].format(seconds * 1000);
}

const day = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: '2-digit',
  month: 'short',
  timeZone: 'UTC',
});

/** "Sun, 22 Nov", UTC. */
export function dayOf(seconds: number): string {
  return day.format(seconds * 1000);
}
