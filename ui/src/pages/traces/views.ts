/** Views that one has named: addresses of this page, kept in the browser. */
import { readKept, writeKept } from '../../lib/kept';

const KEY = 'oat.views';

export interface SavedView {
  readonly name: string;
  /** The query of the address. */
  readonly search: string;
}

function isViews(value: unknown): value is SavedView[] {
  return (
    Array.isArray(value) &&
    value.every(
      (one: unknown) =>
        typeof one === 'object' &&
        one !== null &&
        'name' in one &&
        typeof one.name === 'string' &&
        'search' in one &&
        typeof one.search === 'string',
    )
  );
}

export function savedViews(): readonly SavedView[] {
  return readKept(KEY, isViews) ?? [];
}

/** False: the browser keeps nothing. */
export function saveViews(views: readonly SavedView[]): boolean {
  return writeKept(KEY, views);
}
