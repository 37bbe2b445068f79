import { useCallback, useEffect, useRef, useState } from 'react';
import type { ApiError } from '../../lib/api';
import { LiveSocket, type LiveState } from '../../lib/liveSocket';
import { Ring } from '../../lib/ring';
import type { Span } from '../../lib/types';

const ROWS = 10_000;
const WAITING = 5_000;
const PAINT_MS = 100;
const RATE_MS = 1_000;

export interface Live {
  readonly rows: Ring<Span>;
  /** Changes with every paint: rows are the same object. */
  readonly painted: number;
  readonly state: LiveState;
  readonly problem: ApiError | null;
  readonly perSecond: number;
  readonly missed: number;
  readonly waiting: number;
}

/** Spans that pass the filter, as they end. While paused they wait, the newest of them. */
export function useLive(filter: string, paused: boolean): Live {
  const rows = useRef(new Ring<Span>(ROWS));
  const waiting = useRef(new Ring<Span>(WAITING));
  const queue = useRef<Span[]>([]);
  const arrived = useRef(0);
  const [painted, setPainted] = useState(0);
  const [state, setState] = useState<LiveState>('connecting');
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [perSecond, setPerSecond] = useState(0);
  const [missed, setMissed] = useState(0);

  useEffect(() => {
    rows.current.clear();
    waiting.current.clear();
    queue.current = [];
    setMissed(0);
    const socket = new LiveSocket(
      { filter, kinds: ['span'] },
      {
        onItems: (items) => {
          arrived.current += items.length;
          for (const item of items) if (item.type === 'span') queue.current.push(item.span);
        },
        onMissed: (count) => {
          setMissed((before) => before + (count ?? 1));
        },
        onState: setState,
        onProblem: setProblem,
      },
    );
    return () => {
      socket.close();
    };
  }, [filter]);

  const paint = useCallback(() => {
    const target = paused ? waiting.current : rows.current;
    if (!paused && waiting.current.length > 0) {
      for (let i = 0; i < waiting.current.length; i++) rows.current.push(waiting.current.at(i)!);
      waiting.current.clear();
    } else if (queue.current.length === 0) return;
    for (const span of queue.current) target.push(span);
    queue.current = [];
    setPainted((count) => count + 1);
  }, [paused]);

  useEffect(() => {
    const painting = setInterval(paint, PAINT_MS);
    const counting = setInterval(() => {
      setPerSecond(arrived.current);
      arrived.current = 0;
    }, RATE_MS);
    return () => {
      clearInterval(painting);
      clearInterval(counting);
    };
  }, [paint]);

  return {
    rows: rows.current,
    painted,
    state,
    problem,
    perSecond,
    missed,
    waiting: waiting.current.length,
  };
}
