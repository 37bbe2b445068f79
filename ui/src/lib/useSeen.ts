import { useEffect, useRef, useState, type RefObject } from 'react';

/** How far below the edge one looks ahead. */
const AHEAD = '400px';

/** Whether an element has ever come near what is seen of the page. */
export function useSeen<E extends Element>(): [RefObject<E>, boolean] {
  const ref = useRef<E>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!ref.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { rootMargin: AHEAD },
    );
    observer.observe(ref.current);
    return () => {
      observer.disconnect();
    };
  }, []);
  return [ref, seen];
}
