import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';

/** The query of the page's address as state: every view can be shared, and back works.
 *
 * `set` changes those keys that are given, and drops those that are null. A change within a view replaces
 * the entry of the history; a step that one wants to come back from pushes one. */
export function useUrlState(): [
  values: URLSearchParams,
  set: (changes: Readonly<Record<string, string | null>>, how?: 'replace' | 'push') => void,
] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const set = useCallback(
    (changes: Readonly<Record<string, string | null>>, how: 'replace' | 'push' = 'replace') => {
      const next = new URLSearchParams(window.location.search);
      for (const [key, value] of Object.entries(changes))
        if (value === null || value === '') next.delete(key);
        else next.set(key, value);
      const text = next.toString();
      navigate(text ? `${path}?${text}` : path, { replace: how === 'replace' });
    },
    [path, navigate],
  );
  return [new URLSearchParams(search), set];
}
