/** What keeps a pinned column at the left. */
import type { CSSProperties } from 'react';
import type { PlacedColumn } from './layout';

export function pinClass({ leftPx, isLastPinned }: PlacedColumn): string {
  if (leftPx === null) return '';
  return isLastPinned ? 'pinned last-pinned' : 'pinned';
}

export function pinStyle({ leftPx }: PlacedColumn): CSSProperties | undefined {
  return leftPx === null ? undefined : { left: leftPx };
}
