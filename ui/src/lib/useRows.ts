/** Lists of which only the rows near those that are seen exist. All rows are of one height. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { flushSync } from 'react-dom';

export interface RowRange {
  readonly first: number;
  /** One behind the last. */
  readonly end: number;
}

export interface Rows extends RowRange {
  /** What all rows together need. */
  readonly heightPx: number;
  /** Nothing has moved for a moment. */
  readonly rests: boolean;
  /** Moves as little as need be for a row to be seen. */
  readonly reveal: (index: number) => void;
}

/** Rows come and go by so many: most frames of scrolling leave the page as it is. */
const BLOCK = 8;
const REST_MS = 120;

/** The blocks that are seen of a list without end, and one more on either side. */
export function rowsAround(topPx: number, heightPx: number, rowPx: number): RowRange {
  const blockPx = rowPx * BLOCK;
  return {
    first: Math.max(0, Math.floor(topPx / blockPx) - 1) * BLOCK,
    end: (Math.floor((topPx + heightPx) / blockPx) + 2) * BLOCK,
  };
}

/** Where a list scrolls to so that a row is seen; headPx: what stays in sight above the rows. */
export function scrollTopFor(
  index: number,
  { topPx, heightPx, rowPx, headPx }: Readonly<Record<'topPx' | 'heightPx' | 'rowPx' | 'headPx', number>>,
): number {
  const most = index * rowPx;
  const least = most + rowPx + headPx - heightPx;
  return Math.min(most, Math.max(least, topPx));
}

export function useRows(
  scroller: RefObject<HTMLElement | null>,
  { count, rowPx, headPx = 0 }: { count: number; rowPx: number; headPx?: number },
): Rows {
  const [range, setRange] = useState<RowRange>({ first: 0, end: 0 });
  const [rests, setRests] = useState(true);
  const timer = useRef(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      const next = rowsAround(element.scrollTop, element.clientHeight, rowPx);
      setRange((now) => (now.first === next.first && now.end === next.end ? now : next));
    };
    const scrolled = () => {
      // In the frame that shows the list where it now is.
      flushSync(() => {
        look();
        setRests(false);
      });
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        setRests(true);
      }, REST_MS);
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', scrolled, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', scrolled);
    };
  }, [scroller, rowPx]);
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
    },
    [],
  );
  const reveal = useCallback(
    (index: number) => {
      const element = scroller.current;
      if (!element) return;
      const { scrollTop: topPx, clientHeight: heightPx } = element;
      element.scrollTop = scrollTopFor(index, { topPx, heightPx, rowPx, headPx });
    },
    [scroller, rowPx, headPx],
  );
  const end = Math.min(range.end, count);
  return { first: Math.min(range.first, end), end, heightPx: count * rowPx, rests, reveal };
}

/** first, first + 1 and so on until before the end. */
export function indexesOf({ first, end }: RowRange): number[] {
  return Array.from({ length: end - first }, (_, at) => first + at);
}
