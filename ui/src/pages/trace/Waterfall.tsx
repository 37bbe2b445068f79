import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type PointerEvent,
  type WheelEvent,
} from 'react';
import { cost, duration, plain } from '../../lib/format';
import type { Tree } from '../../lib/tree';
import type { Span } from '../../lib/types';
import { Icon } from '../../parts/Icon';
import { drawLane, ROW_PX, ticksOf, type Domain } from './lane';

const LEVEL_PX = 12;
const LEVELS_MAX = 12;

/** Width and height of an element, as they are now. */
function useSize(ref: React.RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [ref]);
  return size;
}

export interface WaterfallProps {
  readonly spans: readonly Span[];
  readonly tree: Tree;
  readonly rows: Int32Array;
  readonly closed: ReadonlySet<number>;
  readonly critical: ReadonlySet<number>;
  readonly whole: Domain;
  readonly domain: Domain;
  readonly now: number;
  readonly selected: number;
  readonly theme: string;
  readonly onSelect: (row: number) => void;
  readonly onToggle: (row: number) => void;
  readonly onDomain: (domain: Domain) => void;
}

function Name({
  span,
  tree,
  row,
  closed,
  onToggle,
}: {
  span: Span;
  tree: Tree;
  row: number;
  closed: boolean;
  onToggle: () => void;
}) {
  const depth = tree.depth[row]!;
  const kids = tree.end[row]! > row + 1;
  return (
    <>
      <span style={{ width: Math.min(depth, LEVELS_MAX) * LEVEL_PX }} className="indent" />
      {kids ? (
        <button
          className="twist"
          tabIndex={-1}
          aria-label={closed ? `Open ${span.name}` : `Close ${span.name}`}
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          <Icon name={closed ? 'closed' : 'open'} size={14} />
        </button>
      ) : (
        <span className="twist" />
      )}
      <Icon name={span.span_type} size={14} color={`var(--t-${span.span_type})`} />
      <span className="clip">{span.name}</span>
      {depth > LEVELS_MAX && <span className="faint">·{depth}</span>}
      {tree.orphan.has(row) && span.parent_span_id && (
        <span className="faint" title="Its parent is not in the store">
          parent missing
        </span>
      )}
      {span.status === 'error' && (
        <span className="failed" aria-hidden="true">
          ✕
        </span>
      )}
      <span className="row-end num">
        {span.usage.total_cost !== null && (
          <span className="faint">{plain(cost(span.usage.total_cost))}</span>
        )}
        {plain(duration(span.duration_ms))}
      </span>
    </>
  );
}

function Ruler({ domain, origin, width }: { domain: Domain; origin: number; width: number }) {
  return (
    <div className="ruler" aria-hidden="true">
      {ticksOf(domain, origin, width).map((tick) => (
        <span key={tick} style={{ left: ((tick - domain.from) / (domain.to - domain.from)) * width }}>
          {tick === origin ? '0' : plain(duration((tick - origin) * 1000))}
        </span>
      ))}
    </div>
  );
}

/** Tree and bars under one scroller: names are elements (they can be read, selected, reached by keys), bars
 * are drawn. */
export function Waterfall(props: WaterfallProps) {
  const { spans, tree, rows, domain, whole, selected, now } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const lane = useRef<HTMLDivElement>(null);
  const size = useSize(scroller);
  const laneSize = useSize(lane);
  const [scrollTop, setScrollTop] = useState(0);
  const drag = useRef<{ x: number; domain: Domain } | null>(null);

  useEffect(() => {
    let frame = requestAnimationFrame(() => {
      frame = 0;
      if (canvas.current && laneSize.width > 0)
        drawLane(
          canvas.current,
          { ...props, scrollTop, width: laneSize.width, height: Math.max(0, size.height) },
          whole.from,
        );
    });
    return () => {
      if (frame) cancelAnimationFrame(frame);
    };
  });

  // The selected row comes into sight; nothing else moves what one looks at.
  const place = useMemo(() => rows.indexOf(selected), [rows, selected]);
  useEffect(() => {
    const element = scroller.current;
    if (!element || place < 0) return;
    const y = place * ROW_PX;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + ROW_PX > element.scrollTop + element.clientHeight - ROW_PX)
      element.scrollTop = y + 2 * ROW_PX - element.clientHeight;
  }, [place]);

  const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - 8);
  const last = Math.min(rows.length, Math.ceil((scrollTop + size.height) / ROW_PX) + 8);

  const zoom = (event: WheelEvent) => {
    if (!(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    const box = lane.current?.getBoundingClientRect();
    if (!box) return;
    const length = domain.to - domain.from;
    if (event.shiftKey) {
      const by = ((event.deltaX || event.deltaY) / box.width) * length;
      props.onDomain({ from: domain.from + by, to: domain.to + by });
      return;
    }
    const at = domain.from + ((event.clientX - box.left) / box.width) * length;
    const factor = Math.exp(event.deltaY * 0.002);
    props.onDomain({ from: at - (at - domain.from) * factor, to: at + (domain.to - at) * factor });
  };
  const pan = (event: PointerEvent) => {
    const began = drag.current;
    if (!began) return;
    const by =
      ((began.x - event.clientX) / Math.max(1, laneSize.width)) * (began.domain.to - began.domain.from);
    props.onDomain({ from: began.domain.from + by, to: began.domain.to + by });
  };
  const rowAt = (event: PointerEvent | React.MouseEvent) => {
    const box = scroller.current?.getBoundingClientRect();
    return box ? rows[Math.floor((event.clientY - box.top + scrollTop) / ROW_PX)] : undefined;
  };

  return (
    <div className="waterfall">
      <div className="waterfall-head">
        <span className="dim">{spans.length.toLocaleString('en')} spans</span>
        <div className="lane-head" ref={lane}>
          <Ruler domain={domain} origin={whole.from} width={laneSize.width} />
        </div>
      </div>
      <div
        className="waterfall-scroll"
        ref={scroller}
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length}
        tabIndex={0}
        onScroll={(event) => {
          setScrollTop(event.currentTarget.scrollTop);
        }}
        onWheel={zoom}
      >
        <div className="waterfall-rows" style={{ height: rows.length * ROW_PX }}>
          {Array.from(rows.subarray(first, last), (row, i) => {
            const span = spans[tree.spanAt[row]!]!;
            return (
              <div
                key={span.span_id}
                role="row"
                className={row === selected ? 'tree-row selected' : 'tree-row'}
                aria-level={tree.depth[row]! + 1}
                aria-selected={row === selected}
                aria-expanded={tree.end[row]! > row + 1 ? !props.closed.has(row) : undefined}
                aria-label={`${span.span_type} ${span.name}, ${span.status}, ${plain(duration(span.duration_ms))}`}
                style={{ top: (first + i) * ROW_PX }}
                onClick={() => {
                  props.onSelect(row);
                }}
              >
                <div role="gridcell">
                  <Name
                    span={span}
                    tree={tree}
                    row={row}
                    closed={props.closed.has(row)}
                    onToggle={() => {
                      props.onToggle(row);
                    }}
                  />
                </div>
              </div>
            );
          })}
        </div>
        <canvas
          ref={canvas}
          className="lane"
          aria-hidden="true"
          style={{ width: laneSize.width, height: size.height, marginTop: -rows.length * ROW_PX, top: 0 }}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.current = { x: event.clientX, domain };
          }}
          onPointerMove={pan}
          onPointerUp={(event) => {
            const moved = drag.current && Math.abs(event.clientX - drag.current.x) > 3;
            drag.current = null;
            const row = rowAt(event);
            if (!moved && row !== undefined) props.onSelect(row);
          }}
          onDoubleClick={() => {
            props.onDomain(whole);
          }}
        />
      </div>
      <span className="hidden-text" role="status">
        {now > 0 && selected >= 0 ? spans[tree.spanAt[selected]!]?.name : ''}
      </span>
    </div>
  );
}
