import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { hourOf, plain, type Shown } from '../lib/format';
import type { Stack } from '../lib/stack';
import './chart.css';

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Bars over time, each of several parts; a bar leads to what is behind it. */
export function StackedBars({
  title,
  stack,
  show,
  stepS,
  now,
  tools,
  mark,
  timeName = hourOf,
  hrefOf,
}: {
  title: string;
  stack: Stack;
  show: (value: number) => Shown;
  stepS: number;
  /** Seconds since 1970: a bar that has not ended by then is drawn fainter. */
  now: number;
  tools?: ReactNode;
  /** A line before the first bar that begins at the time or later, and what it says. */
  mark?: { readonly time: number; readonly words: string } | null;
  /** What a time is called; one that names what begins then, not a moment, calls the last bar by its name. */
  timeName?: (time: number) => string;
  hrefOf: (time: number) => string;
}) {
  const { names, bars } = stack;
  const marked = mark ? bars.findIndex((bar) => bar.time >= mark.time) : -1;
  const lastTime = (bars.at(-1)?.time ?? 0) + (timeName === hourOf ? stepS : 0);
  const most = Math.max(1e-12, ...bars.map((bar) => sumOf(bar.values)));
  const partsOf = (values: readonly number[]) =>
    names.flatMap((name, at) => (values[at]! > 0 ? [`${name} ${plain(show(values[at]!))}`] : []));
  return (
    <figure className="chart">
      <figcaption>
        {title}
        <span className="faint bars-most">at most {plain(show(most))}</span>
        <span className="space" />
        {tools}
      </figcaption>
      <div className="bars" role="group" aria-label={`${title}, at most ${plain(show(most))}`}>
        {bars.map(({ time, values }) => (
          <Link
            key={time}
            href={hrefOf(time)}
            className={time + stepS > now ? 'unfinished' : ''}
            title={[`${timeName(time)}: ${plain(show(sumOf(values)))}`, ...partsOf(values)].join('\n')}
          >
            {names.map((name, at) => (
              <i
                key={name}
                style={{ height: `${(values[at]! / most) * 100}%`, background: `var(--series-${at + 1})` }}
              />
            ))}
          </Link>
        ))}
        {mark && marked > 0 && (
          <span className="bars-mark" style={{ left: `${(marked / bars.length) * 100}%` }}>
            {mark.words}
          </span>
        )}
      </div>
      <div className="bars-ends faint num" aria-hidden="true">
        <span>{bars[0] && timeName(bars[0].time)}</span>
        <span>{bars.length > 0 && timeName(lastTime)}</span>
      </div>
      <ul className="bars-names">
        {names.map((name, at) => (
          <li key={name}>
            <i className="swatch" style={{ background: `var(--series-${at + 1})` }} />
            {name} <span className="dim num">{plain(show(sumOf(bars.map((bar) => bar.values[at]!))))}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}
