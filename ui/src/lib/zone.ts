/** Whether times are shown, and read, as this place's or as UTC. */
import { useSyncExternalStore } from 'react';
import { readKept, writeKept } from './kept';

export type Zone = 'local' | 'utc';

const KEY = 'oat.zone';
const listeners = new Set<() => void>();

function isZone(value: unknown): value is Zone {
  return value === 'local' || value === 'utc';
}

let zone: Zone = readKept(KEY, isZone) ?? 'local';

export function currentZone(): Zone {
  return zone;
}

export function setZone(next: Zone): void {
  zone = next;
  writeKept(KEY, next);
  for (const listener of listeners) listener();
}

/** What shows a time is drawn anew when the zone changes. */
export function useZone(): Zone {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentZone);
}
