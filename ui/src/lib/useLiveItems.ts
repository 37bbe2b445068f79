import { useEffect, useRef } from 'react';
import { LiveSocket, type LiveItem } from './liveSocket';

function nothing(): void {
  // The pages that listen this way ask anew for what they show, so gaps and errors cost them nothing.
}

/** Calls `onItems` with what passes the filter as it comes; filter null: listens to nothing. */
export function useLiveItems(
  filter: string | null,
  kinds: 'trace' | 'span,open' | 'alert',
  onItems: (items: readonly LiveItem[]) => void,
): void {
  const call = useRef(onItems);
  call.current = onItems;
  useEffect(() => {
    if (filter === null) return;
    const socket = new LiveSocket(
      { filter, kinds: kinds.split(',') as LiveItem['type'][] },
      {
        onItems: (items) => {
          call.current(items);
        },
        onMissed: nothing,
        onState: nothing,
        onProblem: nothing,
      },
    );
    return () => {
      socket.close();
    };
  }, [filter, kinds]);
}
