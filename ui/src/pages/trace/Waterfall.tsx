import { useEffect, useRef, type MouseEvent, type PointerEvent, type WheelEvent } from 'react';
import { duration, plain } from '../../lib/format';
import { firstRow } from '../../lib/folds';
import { idOf } from '../../lib/spans';
import { indexesOf, useRows } from '../../lib/useRows';
import { useDrawing, useSize } from './canvas';
import { drawLane, ROW_PX, ticksOf, type Domain } from './lane';
import { Minimap } from './Minimap';
import { TreeRow } from './TreeRow';
import type { TraceView } from './useTraceView';

/** What the words of a tick need. */
const TICK_PX = 64;

/** Ticks are at whole steps: no seconds beside minutes when all would be none. */
function tickText(ms: number): string {
  return ms === 0 ? '0' : plain(duration(ms)).replace(/ 00 [sm]$/, '');
}

function Ruler({ domain, width }: { domain: Domain; width: number }) {
  const ticks = ticksOf(domain, width)
    .map((tick) => ({ tick, left: ((tick - domain.from) / (domain.to - domain.from)) * width }))
    .filter(({ left }) => left + TICK_PX <= width);
  return (
    <div className="ruler" aria-hidden="true">
      {ticks.map(({ tick, left }) => (
        <span key={tick} style={{ left }}>
          {tickText(tick)}
        </span>
      ))}
    </div>
  );
}

/** Pans and zooms the lane under a pointer and a wheel; plain wheels scroll the rows. */
function useLaneHands(view: TraceView, lane: React.RefObject<HTMLElement | null>) {
  const { domain, setDomain } = view;
  const drag = useRef<{ x: number; domain: Domain } | null>(null);
  const wheel = (event: WheelEvent) => {
    if (!(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    const box = lane.current?.getBoundingClientRect();
    if (!box) return;
    const length = domain.to - domain.from;
    if (event.shiftKey) {
      const by = ((event.deltaX || event.deltaY) / box.width) * length;
      setDomain({ from: domain.from + by, to: domain.to + by });
      return;
    }
    const at = domain.from + ((event.clientX - box.left) / box.width) * length;
    const factor = Math.exp(event.deltaY * 0.002);
    setDomain({ from: at - (at - domain.from) * factor, to: at + (domain.to - at) * factor });
  };
  const down = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, domain };
  };
  const move = (event: PointerEvent) => {
    const began = drag.current;
    if (!began) return;
    const width = Math.max(1, lane.current?.clientWidth ?? 1);
    const by = ((began.x - event.clientX) / width) * (began.domain.to - began.domain.from);
    setDomain({ from: began.domain.from + by, to: began.domain.to + by });
  };
  /** True when the pointer did not move in between. */
  const up = (event: PointerEvent) => {
    const still = drag.current !== null && Math.abs(event.clientX - drag.current.x) <= 3;
    drag.current = null;
    return still;
  };
  return { wheel, down, move, up };
}

/** Tree and bars under one scroller: names are elements (they can be read, selected, reached by keys), bars
 * are drawn. */
export function Waterfall({ view }: { view: TraceView }) {
  const { spans, items, domain, whole, place } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const lane = useRef<HTMLDivElement>(null);
  const size = useSize(scroller);
  const laneSize = useSize(lane);
  const rows = useRows(scroller, { count: items.length, rowPx: ROW_PX });
  const hands = useLaneHands(view, lane);

  const redraw = useDrawing(() => {
    if (canvas.current && scroller.current && laneSize.width > 0)
      drawLane(canvas.current, {
        ...view,
        selected: place,
        scrollTop: scroller.current.scrollTop,
        width: laneSize.width,
        height: Math.max(0, size.height),
      });
  });

  // The selected row comes into sight; nothing else moves what one looks at.
  const { reveal } = rows;
  useEffect(() => {
    if (place >= 0) reveal(place);
  }, [place, reveal]);

  const itemAt = (event: PointerEvent | MouseEvent) => {
    const element = scroller.current;
    if (!element) return undefined;
    const y = event.clientY - element.getBoundingClientRect().top + element.scrollTop;
    return items[Math.floor(y / ROW_PX)];
  };

  return (
    <div className="waterfall">
      <div className="waterfall-head">
        <span className="dim">
          {spans.count.toLocaleString('en')}
          {view.of > spans.count && ` of ${view.of.toLocaleString('en')}`} spans
        </span>
        <div>
          <Minimap
            spans={spans}
            critical={view.critical}
            whole={whole}
            domain={domain}
            now={view.now}
            theme={view.theme}
            onDomain={view.setDomain}
          />
          <div className="lane-head" ref={lane}>
            <Ruler domain={domain} width={laneSize.width} />
          </div>
        </div>
      </div>
      <div
        className="waterfall-scroll"
        ref={scroller}
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={items.length}
        tabIndex={0}
        onScroll={redraw}
        onWheel={hands.wheel}
      >
        <div className="waterfall-rows" style={{ height: rows.heightPx }}>
          {indexesOf(rows).map((index) => {
            const item = items[index]!;
            return (
              <TreeRow
                key={item < 0 ? `fold ${idOf(spans, firstRow(item))}` : idOf(spans, item)}
                view={view}
                item={item}
                selected={index === place}
                top={index * ROW_PX}
              />
            );
          })}
        </div>
        <canvas
          ref={canvas}
          className="lane"
          aria-hidden="true"
          style={{ width: laneSize.width, height: size.height, marginTop: -rows.heightPx, top: 0 }}
          onPointerDown={hands.down}
          onPointerMove={hands.move}
          onPointerUp={(event) => {
            const item = itemAt(event);
            if (hands.up(event) && item !== undefined) view.pick(item);
          }}
          onDoubleClick={() => {
            view.setDomain(whole);
          }}
        />
      </div>
    </div>
  );
}
