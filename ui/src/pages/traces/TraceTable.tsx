import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ago, cost, duration, moment } from '../../lib/format';
import type { Trace } from '../../lib/types';
import { useKeys } from '../../lib/useKeys';
import { useNow } from '../../lib/useNow';
import { StatusMark } from '../../parts/StatusMark';
import { TokenFlow } from '../../parts/TokenFlow';
import { Value } from '../../parts/Value';

const ROW_PX = 32;

interface Column {
  readonly sort?: string;
  readonly title: string;
  readonly number?: boolean;
}

const columns: readonly Column[] = [
  { title: 'Start', sort: 'start' },
  { title: 'Name' },
  { title: 'Status' },
  { title: 'Duration', sort: 'duration', number: true },
  { title: 'Tokens', sort: 'tokens', number: true },
  { title: 'Cost', sort: 'cost', number: true },
  { title: 'Model' },
  { title: 'Spans', sort: 'spans', number: true },
  { title: 'Errors', sort: 'errors', number: true },
  { title: 'Session' },
  { title: 'User' },
];

function HeadCell({
  column,
  sort,
  onSort,
}: {
  column: Column;
  sort: string;
  onSort: (sort: string) => void;
}) {
  const name = column.sort;
  if (!name)
    return (
      <span role="columnheader" className="clip">
        {column.title}
      </span>
    );
  const down = sort === `-${name}`;
  const up = sort === name;
  return (
    <span
      role="columnheader"
      aria-sort={down ? 'descending' : up ? 'ascending' : 'none'}
      className={column.number ? 'num' : ''}
    >
      <button
        className="sort"
        onClick={() => {
          onSort(down ? name : `-${name}`);
        }}
      >
        {column.title}
        <span aria-hidden="true">{down ? ' ↓' : up ? ' ↑' : ''}</span>
      </button>
    </span>
  );
}

function Cells({
  trace,
  now,
  checked,
  onCheck,
}: {
  trace: Trace;
  now: number;
  checked: boolean;
  onCheck: (range: boolean) => void;
}) {
  const running = trace.status === 'running';
  const ms = running ? (now - trace.start_time) * 1000 : trace.duration_ms;
  return (
    <>
      <span role="gridcell" className="check">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Select ${trace.name || trace.trace_id.slice(0, 8)}`}
          checked={checked}
          onClick={(event) => {
            event.stopPropagation();
            onCheck(event.shiftKey);
          }}
          onChange={() => {
            // The click says more: whether a range is meant.
          }}
        />
      </span>
      <span role="gridcell" className="faint num left" title={moment(trace.start_time)}>
        {ago(trace.start_time, now)}
      </span>
      <span role="gridcell" className="clip name">
        <Link href={`/traces/${trace.trace_id}`}>{trace.name || trace.trace_id.slice(0, 8)}</Link>
      </span>
      <span role="gridcell">
        <StatusMark status={trace.status} />
      </span>
      <span role="gridcell" className="num">
        <Value shown={duration(ms)} exact={ms === null ? null : `${ms} ms`} />
      </span>
      <span role="gridcell" className="num">
        <TokenFlow sent={trace.prompt_tokens} received={trace.completion_tokens} />
      </span>
      <span role="gridcell" className="num">
        <Value shown={cost(trace.total_cost)} exact={trace.total_cost} />
      </span>
      <span role="gridcell" className="clip dim">
        {trace.model}
      </span>
      <span role="gridcell" className="num">
        {trace.span_count.toLocaleString('en')}
      </span>
      <span role="gridcell" className={trace.error_count > 0 ? 'num failed' : 'num faint'}>
        {trace.error_count}
      </span>
      <span role="gridcell" className="clip mono dim">
        {trace.session_id}
      </span>
      <span role="gridcell" className="clip dim">
        {trace.user_id}
      </span>
    </>
  );
}

/** The list: only rows that are seen exist; more are asked for as one comes near the end. */
export function TraceTable({
  traces,
  total,
  stale,
  sort,
  onSort,
  onNearEnd,
  onTop,
  checked,
  onCheck,
  arrived,
}: {
  traces: readonly Trace[];
  total: number;
  stale: boolean;
  sort: string;
  onSort: (sort: string) => void;
  onNearEnd: () => void;
  onTop: (atTop: boolean) => void;
  /** Ids of the selected traces. */
  checked: ReadonlySet<string>;
  onCheck: (ids: readonly string[], on: boolean) => void;
  /** Newer traces that are not in the list yet. */
  arrived: number;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [, navigate] = useLocation();
  const [at, setAt] = useState(-1);
  const now = useNow();
  const rows = useVirtualizer({
    count: traces.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => traces[index]?.trace_id ?? index,
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (last >= traces.length - 20) onNearEnd();
  }, [last, traces.length, onNearEnd]);

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
  const keys = useMemo(() => {
    const step = (by: number) => {
      const next = Math.min(traces.length - 1, Math.max(0, at + by));
      setAt(next);
      rows.scrollToIndex(next);
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
      Enter: () => {
        const trace = traces[at];
        if (trace) navigate(`/traces/${trace.trace_id}`);
      },
    };
  }, [at, traces, rows, navigate, check]);
  useKeys(keys);

  return (
    <div
      className={stale ? 'table stale' : 'table'}
      ref={scroller}
      role="grid"
      aria-label="Traces"
      aria-rowcount={total + 1}
      tabIndex={0}
      onScroll={(event) => {
        onTop(event.currentTarget.scrollTop < ROW_PX);
      }}
    >
      <div className="row head" role="row" aria-rowindex={1}>
        <span role="columnheader">
          <span className="hidden-text">Selected</span>
        </span>
        {columns.map((column) => (
          <HeadCell key={column.title} column={column} sort={sort} onSort={onSort} />
        ))}
      </div>
      {arrived > 0 && (
        <button
          className="button accent arrived"
          onClick={() => {
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          ▲ {arrived.toLocaleString('en')} new
        </button>
      )}
      <div role="rowgroup" className="rows" style={{ height: rows.getTotalSize() }}>
        {items.map((item) => {
          const trace = traces[item.index];
          if (!trace) return null;
          return (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={item.index === at}
              className={`row ${trace.status}`}
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={(event) => {
                if (!(event.target as HTMLElement).closest('a, .check'))
                  navigate(`/traces/${trace.trace_id}`);
              }}
            >
              <Cells
                trace={trace}
                now={now}
                checked={checked.has(trace.trace_id)}
                onCheck={(range) => {
                  check(item.index, range);
                }}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}
