import { memo, useCallback, useEffect, useMemo, useRef, useState, type CSSProperties } from 'react';
import { useLocation } from 'wouter';
import type { Status, Trace } from '../../lib/types';
import { useKeys } from '../../lib/useKeys';
import { useNow } from '../../lib/useNow';
import { indexesOf, useRows } from '../../lib/useRows';
import { HeadRow } from './HeadRow';
import type { PlacedColumn } from './layout';
import { pinClass, pinStyle } from './pin';
import { useHeldRow } from './useHeldRow';
import type { Columns } from './useColumns';
import { usePreviews, type Preview } from './usePreviews';

const ROW_PX = 32;

/** Now, or the last moment at which the row of a trace said something else: those that are older than a
 * minute and have ended count minutes. */
function lastTick({ status, start_time: start }: Trace, now: number): number {
  const age = now - start;
  return status === 'running' || age < 60 ? now : start + Math.floor(age / 60) * 60;
}

/** True for a moment after the status of what is shown has changed. */
function useFlash(status: Status) {
  const before = useRef(status);
  const [flashes, setFlashes] = useState(false);
  useEffect(() => {
    if (before.current !== status) setFlashes(true);
    before.current = status;
  }, [status]);
  return {
    flashes,
    onAnimationEnd: () => {
      setFlashes(false);
    },
  };
}

/** Drawn anew only when something of it has changed: rows pass by quickly when one scrolls. */
const Row = memo(function Row({
  trace,
  index,
  now,
  preview,
  columns,
  current,
  checked,
  onCheck,
  onOpen,
}: {
  trace: Trace;
  index: number;
  now: number;
  preview: Preview | undefined;
  columns: readonly PlacedColumn[];
  current: boolean;
  checked: boolean;
  onCheck: (index: number, range: boolean) => void;
  onOpen: (trace: Trace) => void;
}) {
  const { flashes, onAnimationEnd } = useFlash(trace.status);
  const hasPinned = columns[0]?.leftPx != null;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={current}
      className={flashes ? 'row changed' : 'row'}
      onAnimationEnd={onAnimationEnd}
      style={{ top: index * ROW_PX }}
      onClick={(event) => {
        if (!(event.target as HTMLElement).closest('a, .check')) onOpen(trace);
      }}
    >
      <span role="gridcell" className={hasPinned ? 'check pinned' : 'check'}>
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Select ${trace.name || trace.trace_id.slice(0, 8)}`}
          checked={checked}
          onClick={(event) => {
            event.stopPropagation();
            onCheck(index, event.shiftKey);
          }}
          onChange={() => {
            // The click says more: whether a range is meant.
          }}
        />
      </span>
      {columns.map((column) => (
        <span
          key={column.key}
          role="gridcell"
          className={`${pinClass(column)} ${column.className ?? (column.number ? 'num' : '')}`}
          style={pinStyle(column)}
        >
          {column.cell(trace, { now, preview })}
        </span>
      ))}
    </div>
  );
});

/** The list: only rows that are seen exist; more are asked for as one comes near the end. */
export function TraceTable({
  traces,
  total,
  stale,
  sort,
  onSort,
  columns,
  onNearEnd,
  onTop,
  onPointed,
  checked,
  onCheck,
  arrived,
  onTake,
}: {
  traces: readonly Trace[];
  total: number;
  stale: boolean;
  sort: string;
  onSort: (sort: string) => void;
  columns: Columns;
  onNearEnd: () => void;
  onTop: (atTop: boolean) => void;
  /** The pointer of a mouse comes over the rows, or goes. */
  onPointed: (isPointed: boolean) => void;
  /** Ids of the selected traces. */
  checked: ReadonlySet<string>;
  onCheck: (ids: readonly string[], on: boolean) => void;
  /** Newer traces that are not in the list yet. */
  arrived: number;
  /** Takes them in. */
  onTake: () => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [, navigate] = useLocation();
  const [currentId, setCurrentId] = useState<string | null>(null);
  const at = useMemo(
    () => (currentId === null ? -1 : traces.findIndex((trace) => trace.trace_id === currentId)),
    [traces, currentId],
  );
  const now = useNow();
  const rows = useRows(scroller, { count: traces.length, rowPx: ROW_PX, headPx: ROW_PX });
  const { first, end, reveal } = rows;
  const holdRow = useHeldRow(scroller, traces, ROW_PX);
  const hasPreview = columns.placed.some((column) => column.key === 'preview');
  // What passes by is not asked for.
  const seen = hasPreview && rows.rests ? traces.slice(first, end) : [];
  const previewOf = usePreviews(seen);
  useEffect(() => {
    if (end >= traces.length - 20) onNearEnd();
  }, [end, traces.length, onNearEnd]);

  const lastChecked = useRef(-1);
  const check = useCallback(
    (index: number, range: boolean) => {
      const from = range && lastChecked.current >= 0 ? lastChecked.current : index;
      const ids = traces.slice(Math.min(from, index), Math.max(from, index) + 1).map((one) => one.trace_id);
      onCheck(ids, !checked.has(traces[index]?.trace_id ?? ''));
      lastChecked.current = index;
    },
    [traces, checked, onCheck],
  );
  const open = useCallback(
    (trace: Trace) => {
      navigate(`/traces/${trace.trace_id}`);
    },
    [navigate],
  );
  const keys = useMemo(() => {
    const step = (by: number) => {
      const next = Math.min(traces.length - 1, Math.max(0, at + by));
      setCurrentId(traces[next]?.trace_id ?? null);
      reveal(next);
    };
    return {
      j: () => {
        step(1);
      },
      k: () => {
        step(-1);
      },
      x: () => {
        if (at >= 0) check(at, false);
      },
      '.': () => {
        if (arrived === 0) return;
        holdRow();
        onTake();
      },
      Enter: () => {
        const trace = traces[at];
        if (trace) open(trace);
      },
    };
  }, [at, traces, reveal, open, check, arrived, holdRow, onTake]);
  useKeys(keys);

  const tableStyle = { '--columns': columns.template, '--least': `${columns.leastPx}px` } as CSSProperties;
  return (
    <div
      className={stale ? 'table stale' : 'table'}
      ref={scroller}
      role="grid"
      aria-label="Traces"
      aria-rowcount={total + 1}
      tabIndex={0}
      style={tableStyle}
      onScroll={(event) => {
        onTop(event.currentTarget.scrollTop < ROW_PX);
      }}
    >
      <HeadRow columns={columns} sort={sort} onSort={onSort} />
      {arrived > 0 && (
        <div className="arrived">
          <button
            className="button accent"
            title="Show them. The key . takes them in, and leaves what you read where it is."
            onClick={() => {
              scroller.current?.scrollTo({ top: 0 });
              onTake();
            }}
          >
            ▲ {arrived.toLocaleString('en')} new
          </button>
        </div>
      )}
      <div
        role="rowgroup"
        className="rows"
        style={{ height: rows.heightPx }}
        onPointerEnter={(event) => {
          onPointed(event.pointerType === 'mouse');
        }}
        onPointerLeave={() => {
          onPointed(false);
        }}
      >
        {indexesOf(rows).map((index) => {
          const trace = traces[index]!;
          return (
            <Row
              key={trace.trace_id}
              trace={trace}
              index={index}
              now={lastTick(trace, now)}
              preview={previewOf(trace)}
              columns={columns.placed}
              current={index === at}
              checked={checked.has(trace.trace_id)}
              onCheck={check}
              onOpen={open}
            />
          );
        })}
      </div>
    </div>
  );
}
