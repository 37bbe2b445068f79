import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { cost, count, duration, moment } from '../../lib/format';
import { withDigits } from '../../lib/ids';
import type { Span } from '../../lib/types';
import { useKeys } from '../../lib/useKeys';
import { indexesOf, useRows } from '../../lib/useRows';
import { useUrlState } from '../../lib/urlState';
import { FilterBox } from '../../parts/FilterBox';
import { Icon } from '../../parts/Icon';
import { StatusMark } from '../../parts/StatusMark';
import { Value } from '../../parts/Value';
import { useLive } from './useLive';
import './live.css';

const ROW_PX = 24;
const AT_END_PX = 2 * ROW_PX;

const words = {
  connecting: 'connecting…',
  live: 'live',
  offline: 'the daemon does not answer, trying again',
};

const titles: readonly { readonly title: string; readonly number?: boolean }[] = [
  { title: 'Ended' },
  { title: 'Type' },
  { title: 'Name' },
  { title: 'Status' },
  { title: 'Duration', number: true },
  { title: 'Tokens', number: true },
  { title: 'Cost', number: true },
  { title: 'Trace' },
];

function SpanRow({ span }: { span: Span }) {
  const { trace_id: traceId, span_id: spanId } = withDigits(span);
  return (
    <>
      <span className="faint num left">{moment(span.end_time ?? span.start_time)}</span>
      <span className="live-type dim">
        <Icon name={span.span_type} size={14} color={`var(--t-${span.span_type})`} />
        {span.span_type}
      </span>
      <Link className="clip" href={`/traces/${traceId}?span=${spanId}`}>
        {span.name}
      </Link>
      <span>{span.status === 'success' ? null : <StatusMark status={span.status} />}</span>
      <Value shown={duration(span.duration_ms)} exact={span.duration_ms} />
      <Value shown={count(span.usage.total_tokens)} exact={span.usage.total_tokens} />
      <Value shown={cost(span.usage.total_cost)} exact={span.usage.total_cost} />
      <span className="mono faint">{traceId.slice(0, 8)}</span>
    </>
  );
}

/** Spans as they end, the newest at the bottom. It follows them only when one looks at the bottom. */
export default function LivePage() {
  const [values, set] = useUrlState();
  const filter = values.get('q') ?? '';
  const [paused, setPaused] = useState(false);
  const live = useLive(filter, paused);
  const scroller = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const rows = useRows(scroller, { count: live.rows.length, rowPx: ROW_PX, headPx: ROW_PX });
  // Before the page is drawn: a scroll event in between would find it away from the end.
  useLayoutEffect(() => {
    if (follows.current && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [live.painted]);
  useEffect(() => {
    document.title = 'Live · OpenAgentTrace';
  }, []);
  const keys = useMemo(
    () => ({
      ' ': () => {
        setPaused((before) => !before);
      },
    }),
    [],
  );
  useKeys(keys);
  const setQ = useCallback(
    (q: string) => {
      set({ q });
    },
    [set],
  );
  return (
    <div className="live-page">
      <h1 className="hidden-text">Live</h1>
      <header className="page-bar">
        <FilterBox q={filter} error={live.problem} onChange={setQ} />
        <button
          className="button"
          aria-pressed={paused}
          onClick={() => {
            setPaused(!paused);
          }}
        >
          {paused ? `Go on (${live.waiting.toLocaleString('en')} wait)` : 'Pause'}
        </button>
      </header>
      <div className="totals">
        <span className={`live-state ${live.state}`} role="status">
          {words[live.state]}
        </span>
        <span>
          <b className="num">{live.perSecond.toLocaleString('en')}</b> spans a second
        </span>
        <span>
          <b className="num">{live.rows.length.toLocaleString('en')}</b> shown
        </span>
        {live.missed > 0 && (
          <span>
            <b className="num">{live.missed.toLocaleString('en')}</b> missed
          </span>
        )}
      </div>
      <div
        className="live-rows"
        ref={scroller}
        role="log"
        aria-label="Spans as they end"
        aria-live="off"
        tabIndex={0}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          follows.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
        }}
      >
        {live.rows.length === 0 && (
          <div className="empty">
            <h2>Nothing has ended since this page was opened</h2>
            <p>Spans show here the moment they end.</p>
          </div>
        )}
        <div className="live-row head">
          {titles.map(({ title, number }) => (
            <span key={title} className={number ? 'num' : undefined}>
              {title}
            </span>
          ))}
        </div>
        <div className="rows" style={{ height: rows.heightPx }}>
          {indexesOf(rows).map((index) => {
            const span = live.rows.at(index);
            return (
              span && (
                <div key={index} className="live-row" style={{ top: index * ROW_PX }}>
                  <SpanRow span={span} />
                </div>
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}
