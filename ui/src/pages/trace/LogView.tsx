import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { duration, plain } from '../../lib/format';
import { previewWords } from '../../lib/previewWords';
import { idOf, known } from '../../lib/spans';
import { Icon } from '../../parts/Icon';
import { visible } from '../../lib/visible';
import { useSpan } from './queries';
import type { TraceView } from './useTraceView';

const ROW_PX = 24;
const REST_MS = 100;

/** The first words that came in or out, asked for once the row has been in sight for a moment. */
function Preview({ view, row }: { view: TraceView; row: number }) {
  const { data } = useSpan(view.trace.trace_id, idOf(view.spans, row), view.spans.status[row]!, false);
  const text = data?.span_id === idOf(view.spans, row) ? (data.output_preview ?? data.input_preview) : null;
  return (
    <span className="clip faint">{text && visible(previewWords(text).replace(/\s*\n\s*/g, ' ⏎ '))}</span>
  );
}

/** Spans in the order in which they began. */
export function LogView({ view }: { view: TraceView }) {
  const { spans, matches } = view;
  const order = useMemo(() => {
    const rows = Array.from({ length: spans.count }, (_, row) => row).filter(
      (row) => !matches || matches[row],
    );
    return rows.sort((a, b) => spans.start[a]! - spans.start[b]! || a - b);
  }, [spans, matches]);
  const scroller = useRef<HTMLDivElement>(null);
  const [rests, setRests] = useState(true);
  const rows = useVirtualizer({
    count: order.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
  });
  const offset = rows.scrollOffset ?? 0;
  useEffect(() => {
    setRests(false);
    const timer = setTimeout(() => {
      setRests(true);
    }, REST_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [offset]);
  const place = order.indexOf(view.selected);
  useEffect(() => {
    if (place >= 0) rows.scrollToIndex(place, { align: 'auto' });
  }, [place, rows]);
  return (
    <div
      className="log"
      ref={scroller}
      role="grid"
      aria-label="Spans by time"
      aria-rowcount={order.length}
      tabIndex={0}
    >
      <div className="rows" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((item) => {
          const row = order[item.index]!;
          return (
            <div
              key={idOf(spans, row)}
              role="row"
              aria-rowindex={item.index + 1}
              aria-selected={row === view.selected}
              className="log-row"
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={() => {
                view.select(row);
              }}
            >
              <span role="gridcell" className="num faint">
                +{plain(duration(spans.start[row]))}
              </span>
              <span role="gridcell" className="type dim">
                <Icon name={spans.type[row]!} size={14} color={`var(--t-${spans.type[row]!})`} />
                {spans.type[row]}
              </span>
              <span role="gridcell" className={spans.status[row] === 'error' ? 'clip failed' : 'clip'}>
                {spans.status[row] === 'error' && '✕ '}
                {spans.name[row]}
              </span>
              <span role="gridcell" className="num">
                {plain(duration(known(spans.duration[row])))}
              </span>
              <span role="gridcell" className="clip">
                {rests && <Preview view={view} row={row} />}
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
