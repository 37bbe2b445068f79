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
  hrefOf,
}: {
  title: string;
  stack: Stack;
  show: (value: number) => Shown;
  stepS: number;
  /** Seconds since 1970: a bar that has not ended by then is drawn fainter. */
  now: number;
  tools?: ReactNode;
  hrefOf: (time: number) => string;
}) {
  const { names, bars } = stack;
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
            title={[`${hourOf(time)}: ${plain(show(sumOf(values)))}`, ...partsOf(values)].join('\n')}
          >
            {names.map((name, at) => (
              <i
                key={name}
                style={{ height: `${(values[at]! / most) * 100}%`, background: `var(--series-${at + 1})` }}
              />
            ))}
          </Link>
        ))}
      </div>
      <div className="bars-ends faint num" aria-hidden="true">
        <span>{bars[0] && hourOf(bars[0].time)}</span>
        <span>{bars.length > 0 && hourOf(bars.at(-1)!.time + stepS)}</span>
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
