import { useLocation } from 'wouter';
import { firstRow } from '../../lib/folds';
import { lastListAddress, neighbour } from '../../lib/lastList';
import { endTime } from '../../lib/spans';
import { useKeys } from '../../lib/useKeys';
import type { TraceView } from './useTraceView';

const PAN = 0.2;
const ZOOM = 0.7;

/** The next row, round and round, that passes. */
export function nextRow(view: TraceView, passes: (row: number) => boolean, by: 1 | -1 = 1): number | null {
  const { count } = view.spans;
  for (let step = 1; step <= count; step++) {
    const row = (view.selected + by * step + count * 2) % count;
    if (passes(row)) return row;
  }
  return null;
}

export function useTraceKeys(view: TraceView, onNextView: () => void): void {
  const [, navigate] = useLocation();
  const { spans, items, selected, domain, closed } = view;
  const step = (by: number) => {
    const at = items[Math.min(items.length - 1, Math.max(0, view.place + by))];
    if (at === undefined) return;
    // A fold is passed over, not opened: its first step is selected when it is entered.
    if (at >= 0) view.select(at);
    else {
      const beyond = items[view.place + 2 * by];
      view.select(beyond !== undefined && beyond >= 0 ? beyond : firstRow(at));
    }
  };
  const move = (from: number, to: number) => {
    const length = domain.to - domain.from;
    view.setDomain({ from: domain.from + from * length, to: domain.to + to * length });
  };
  const toNeighbour = (by: 1 | -1) => {
    const id = neighbour(view.trace.trace_id, by);
    const shown = new URLSearchParams(window.location.search).get('view');
    // Back leads to the list, not through all that was leafed through.
    if (id) navigate(`/traces/${id}${shown ? `?view=${shown}` : ''}`, { replace: true });
  };
  const down = () => {
    step(1);
  };
  const up = () => {
    step(-1);
  };
  useKeys({
    ArrowDown: down,
    ArrowUp: up,
    j: down,
    k: up,
    ArrowRight: () => {
      if (closed.has(selected)) view.toggle(selected);
      else if (spans.end[selected]! > selected + 1) view.select(selected + 1);
    },
    ArrowLeft: () => {
      if (spans.end[selected]! > selected + 1 && !closed.has(selected)) view.toggle(selected);
      else if (spans.parent[selected]! >= 0) view.select(spans.parent[selected]!);
    },
    e: () => {
      const row = nextRow(view, (one) => spans.status[one] === 'error');
      if (row !== null) view.select(row);
    },
    f: () => {
      view.setDomain({
        from: spans.start[selected]!,
        to: Math.max(endTime(spans, selected, view.now), spans.start[selected]! + 0.001),
      });
    },
    '0': () => {
      view.setDomain(view.whole);
    },
    w: () => {
      move((1 - ZOOM) / 2, -(1 - ZOOM) / 2);
    },
    s: () => {
      move(-(1 / ZOOM - 1) / 2, (1 / ZOOM - 1) / 2);
    },
    a: () => {
      move(-PAN, -PAN);
    },
    d: () => {
      move(PAN, PAN);
    },
    v: onNextView,
    c: () => {
      void navigator.clipboard.writeText(view.trace.trace_id);
    },
    '[': () => {
      toNeighbour(-1);
    },
    ']': () => {
      toNeighbour(1);
    },
    Escape: () => {
      navigate(lastListAddress());
    },
  });
}
