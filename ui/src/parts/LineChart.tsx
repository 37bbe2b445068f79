import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { hourOf, plain, type Shown } from '../lib/format';
import { useTheme } from '../lib/theme';
import './chart.css';

/** More lines than this cannot be told apart. */
const LINES_MAX = 6;
const HEIGHT_PX = 180;
const DAY_S = 86_400;

export interface Line {
  readonly title: string;
  /** x: seconds since 1970, or any number. */
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

/** A day where the steps are days, else the time of the day. */
function timeTick(seconds: number, step: number): string {
  const [day, time] = hourOf(seconds).split(', ', 2);
  return (step >= DAY_S ? day : time) ?? '';
}

/** One x for all lines; a line without a value there has a gap. */
function table(lines: readonly Line[]): uPlot.AlignedData {
  const xs = [...new Set(lines.flatMap((line) => line.points.map((point) => point.x)))].sort((a, b) => a - b);
  const placeOf = new Map(xs.map((x, place) => [x, place]));
  return [
    xs,
    ...lines.map((line) => {
      const ys = new Array<number | null>(xs.length).fill(null);
      for (const { x, y } of line.points) ys[placeOf.get(x)!] = y;
      return ys;
    }),
  ];
}

/** Values over time. A click leads to what is behind a point, a drag to a range of time. */
export function LineChart({
  title,
  lines,
  show,
  onPoint,
  onRange,
}: {
  title: string;
  lines: readonly Line[];
  show: (value: number) => Shown;
  onPoint?: (x: number) => void;
  onRange?: (from: number, to: number) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [asTable, setAsTable] = useState(false);
  const shown = useMemo(() => lines.slice(0, LINES_MAX), [lines]);
  const data = useMemo(() => table(shown), [shown]);
  const calls = useRef({ onPoint, onRange, show });
  calls.current = { onPoint, onRange, show };
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const style = getComputedStyle(element);
    const ink = (name: string) => style.getPropertyValue(name);
    const axis = {
      stroke: ink('--text-2'),
      grid: { stroke: ink('--border'), width: 1 },
      ticks: { show: false },
    };
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PX,
        legend: { live: true },
        cursor: { drag: { setScale: false, x: true, y: false }, focus: { prox: 24 } },
        scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } },
        axes: [
          { ...axis, values: (_, ticks, __, ___, step) => ticks.map((tick) => timeTick(tick, step)) },
          { ...axis, size: 72, values: (_, ticks) => ticks.map((tick) => plain(calls.current.show(tick))) },
        ],
        series: [
          { value: (_, x) => (x ? hourOf(x) : '') },
          ...shown.map((line, index) => ({
            label: line.title,
            stroke: ink(`--series-${index + 1}`),
            width: 1.5,
            points: { show: line.points.length < 60, size: 5 },
            value: (_: uPlot, y: number | null) => (y === null ? '—' : plain(calls.current.show(y))),
          })),
        ],
        hooks: {
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width > 4)
                calls.current.onRange?.(self.posToVal(left, 'x'), self.posToVal(left + width, 'x'));
              self.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
            },
          ],
        },
      },
      data,
      element,
    );
    chart.over.addEventListener('click', () => {
      const x = chart.cursor.idx == null ? undefined : chart.data[0][chart.cursor.idx];
      if (x !== undefined) calls.current.onPoint?.(x);
    });
    const observer = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [data, shown, theme, asTable]);
  return (
    <figure className="chart">
      <figcaption>
        {title}
        {lines.length > LINES_MAX && (
          <span className="faint">
            {' '}
            the first {LINES_MAX} of {lines.length}
          </span>
        )}
        <span className="space" />
        <button
          className="button plain"
          aria-pressed={asTable}
          onClick={() => {
            setAsTable(!asTable);
          }}
        >
          {asTable ? 'Chart' : 'Table'}
        </button>
      </figcaption>
      {asTable ? (
        <div className="chart-table" tabIndex={0} role="region" aria-label={title}>
          <table className="grid">
            <thead>
              <tr>
                <th>Time</th>
                {shown.map((line) => (
                  <th key={line.title} className="num">
                    {line.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Array.from(data[0], (x, at) => (
                <tr key={x}>
                  <td>{hourOf(x)}</td>
                  {shown.map((line, index) => {
                    const y = data[index + 1]?.[at];
                    return (
                      <td key={line.title} className="num">
                        {y == null ? '—' : plain(show(y))}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <div ref={box} className="chart-box" />
      )}
    </figure>
  );
}
