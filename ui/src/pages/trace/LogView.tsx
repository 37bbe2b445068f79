import { useEffect, useMemo, useRef } from 'react';
import { duration, plain } from '../../lib/format';
import { previewWords } from '../../lib/previewWords';
import { idOf, known } from '../../lib/spans';
import { indexesOf, useRows } from '../../lib/useRows';
import { Icon } from '../../parts/Icon';
import { visible } from '../../lib/visible';
import { useSpan } from './queries';
import type { TraceView } from './useTraceView';

const ROW_PX = 24;

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
  const rows = useRows(scroller, { count: order.length, rowPx: ROW_PX });
  const { reveal } = rows;
  const place = order.indexOf(view.selected);
  useEffect(() => {
    if (place >= 0) reveal(place);
  }, [place, reveal]);
  return (
    <div
      className="log"
      ref={scroller}
      role="grid"
      aria-label="Spans by time"
      aria-rowcount={order.length}
      tabIndex={0}
    >
      <div className="rows" style={{ height: rows.heightPx }}>
        {indexesOf(rows).map((index) => {
          const row = order[index]!;
          return (
            <div
              key={idOf(spans, row)}
              role="row"
              aria-rowindex={index + 1}
              aria-selected={row === view.selected}
              className="log-row"
              style={{ top: index * ROW_PX }}
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
                {rows.rests && <Preview view={view} row={row} />}
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
