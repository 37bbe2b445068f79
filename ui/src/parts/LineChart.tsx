import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { hourOf, plain, type Shown } from '../lib/format';
import type { Line } from '../lib/lines';
import { useTheme } from '../lib/theme';
import { useZone } from '../lib/zone';
import { Menu } from './Menu';
import { gridOf, isolated } from './chartData';
import './chart.css';

/** More lines than this cannot be told apart. */
const LINES_MAX = 6;
/** At least. */
const HEIGHT_PX = 180;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** A day where the steps are days, else the time of the day. */
function timeTick(seconds: number, step: number): string {
  const [day, time] = hourOf(seconds).split(', ', 2);
  return (step >= DAY_S ? day : time) ?? '';
}

function dataOf(lines: readonly Line[], limit: number | null): uPlot.AlignedData {
  const { xs, ys } = gridOf(lines);
  return limit === null ? [xs, ...ys] : [xs, ...ys, xs.map(() => limit)];
}

/** Which lines are drawn, where there are more than can be told apart. */
function LineMenu({
  lines,
  shown,
  onChange,
}: {
  lines: readonly Line[];
  shown: readonly Line[];
  onChange: (titles: readonly string[]) => void;
}) {
  const titles = shown.map((line) => line.title);
  return (
    <Menu label={`${shown.length} of ${lines.length}`}>
      <div className="line-menu" role="group" aria-label="Lines">
        {lines.map(({ title }) => {
          const on = titles.includes(title);
          return (
            <label key={title} className="menu-row">
              <input
                type="checkbox"
                checked={on}
                disabled={!on && titles.length >= LINES_MAX}
                onChange={() => {
                  onChange(on ? titles.filter((one) => one !== title) : [...titles, title]);
                }}
              />
              <span className="clip">{title}</span>
            </label>
          );
        })}
      </div>
    </Menu>
  );
}

/** Values over time. A click leads to what is behind a point, a drag to a range of time. */
export function LineChart({
  title,
  lines,
  show,
  limit = null,
  fills = false,
  tools,
  onPoint,
  onRange,
}: {
  title: string;
  lines: readonly Line[];
  show: (value: number) => Shown;
  /** A line that values are held against. */
  limit?: number | null;
  /** As high as its box, which has a height of its own. */
  fills?: boolean;
  /** What else can be chosen, beside the title. */
  tools?: ReactNode;
  onPoint?: (x: number) => void;
  onRange?: (from: number, to: number) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const zone = useZone();
  const [asTable, setAsTable] = useState(false);
  const [chosen, setChosen] = useState<readonly string[] | null>(null);
  const shown = useMemo(
    () => (chosen ? lines.filter((line) => chosen.includes(line.title)) : lines.slice(0, LINES_MAX)),
    [lines, chosen],
  );
  const data = useMemo(() => dataOf(shown, limit), [shown, limit]);
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
    const shownValue = (_: uPlot, y: number | null) => (y == null ? '' : plain(calls.current.show(y)));
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PX,
        legend: { live: true },
        cursor: { drag: { setScale: false, x: true, y: false }, focus: { prox: 24 } },
        ...(zone === 'utc' ? { tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') } : {}),
        scales: {
          // A single point has room to both sides.
          x: { range: (_, from, to) => (from < to ? [from, to] : [from - HOUR_S, to + HOUR_S]) },
          y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            values: (_, ticks, __, ___, step) => ticks.map((tick) => timeTick(tick, step)),
          },
          { ...axis, size: 72, values: (_, ticks) => ticks.map((tick) => plain(calls.current.show(tick))) },
        ],
        series: [
          { value: (_, x) => (x ? hourOf(x) : '') },
          ...shown.map(({ title: label }, index) => ({
            label,
            stroke: ink(`--series-${index + 1}`),
            width: 1.5,
            points: { show: true, size: 5, filter: (_: uPlot, at: number) => isolated(data[at] ?? []) },
            value: shownValue,
          })),
          ...(limit === null
            ? []
            : [
                {
                  label: 'threshold',
                  stroke: ink('--error'),
                  width: 1,
                  dash: [6, 4],
                  points: { show: false },
                  value: shownValue,
                },
              ]),
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
      const legendPx = element.querySelector<HTMLElement>('.u-legend')?.offsetHeight ?? 0;
      const height = fills ? Math.max(HEIGHT_PX, element.clientHeight - legendPx) : HEIGHT_PX;
      chart.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [data, shown, limit, fills, theme, zone, asTable]);
  return (
    <figure className={fills ? 'chart fills' : 'chart'}>
      <figcaption>
        {title}
        <span className="space" />
        {tools}
        {lines.length > LINES_MAX && <LineMenu lines={lines} shown={shown} onChange={setChosen} />}
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
