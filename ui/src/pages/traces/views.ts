/** Views that one has named: addresses of this page, kept in the browser. */
const KEY = 'oat.views';

export interface SavedView {
  readonly name: string;
  /** The query of the address. */
  readonly search: string;
}

export function savedViews(): readonly SavedView[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    if (!Array.isArray(stored)) return [];
    return stored.filter(
      (one: unknown): one is SavedView =>
        typeof one === 'object' &&
        one !== null &&
        'name' in one &&
        typeof one.name === 'string' &&
        'search' in one &&
        typeof one.search === 'string',
    );
  } catch {
    return [];
  }
}

/** False: the browser keeps nothing. */
export function saveViews(views: readonly SavedView[]): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(views));
    return true;
  } catch {
    return false;
  }
}
