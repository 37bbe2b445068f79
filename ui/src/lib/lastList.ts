/** The list of traces that was seen last in this tab: the way back to it, and from one of its traces to the next. */

const KEY = 'oat.list';

interface LastList {
  /** The query of the list's address. */
  readonly search: string;
  /** As far as they were loaded. */
  readonly ids: readonly string[];
}

let last: LastList | null = null;

function stored(): LastList {
  try {
    // Nothing but this file writes there.
    return (JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as LastList | null) ?? { search: '', ids: [] };
  } catch {
    return { search: '', ids: [] };
  }
}

export function rememberList(list: LastList): void {
  last = list;
}

/** Called once: keeps it while the page is loaded anew. Long lists take a while to write. */
export function keepListOnLeaving(): void {
  window.addEventListener('pagehide', () => {
    if (!last) return;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(last));
    } catch {
      // Then there is no list to go back to but all traces.
    }
  });
}

export function lastListAddress(): string {
  last ??= stored();
  return `/traces${last.search}`;
}

/** The trace so many places further down the list; null: there is none, or it was not in it. */
export function neighbour(id: string, by: 1 | -1): string | null {
  last ??= stored();
  const place = last.ids.indexOf(id);
  return place < 0 ? null : (last.ids[place + by] ?? null);
}
