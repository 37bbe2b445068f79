import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';
import { Link } from 'wouter';
import { cost, count, duration } from '../../lib/format';
import type { Trace } from '../../lib/types';
import { useKeys } from '../../lib/useKeys';
import { indexesOf, useRows } from '../../lib/useRows';
import { useUrlState } from '../../lib/urlState';
import { visible } from '../../lib/visible';
import { Delta } from '../../parts/Delta';
import { Icon } from '../../parts/Icon';
import { Problem } from '../../parts/Problem';
import { StatusMark } from '../../parts/StatusMark';
import { Value } from '../../parts/Value';
import { PairDetail } from './PairDetail';
import { useTraceDiff, type Difference, type Pair, type Side, type TraceDiff } from './queries';
import './compare.css';

const ROW_PX = 28;
const LEVEL_PX = 12;
const LEVELS_MAX = 12;

const words: Readonly<Record<Difference, string>> = {
  only_a: '− only in A',
  only_b: '+ only in B',
  status: 'status',
  name: 'name',
  model: 'model',
  messages: 'messages',
};

/** Two ids, when the address does not name two. */
function Choice({ a, b }: { a: string; b: string }) {
  const [, set] = useUrlState();
  const [texts, setTexts] = useState({ a, b });
  return (
    <form
      className="empty"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        set(texts, 'push');
      }}
    >
      <h2>Compare two traces</h2>
      <p>Select two in the list of traces, or give their ids; the first 8 digits do.</p>
      {(['a', 'b'] as const).map((side) => (
        <label key={side} className="field compare-id">
          {side.toUpperCase()}
          <input
            required
            className="mono"
            value={texts[side]}
            onChange={(event) => {
              setTexts({ ...texts, [side]: event.target.value.trim() });
            }}
          />
        </label>
      ))}
      <button className="button accent">Compare</button>
    </form>
  );
}

function Head({ diff }: { diff: TraceDiff }) {
  const { a, b } = diff;
  const [, set] = useUrlState();
  const side = (name: string, trace: Trace) => (
    <span className="compare-side">
      <b>{name}</b>
      <Link className="clip strong hover-link" href={`/traces/${trace.trace_id}`}>
        {visible(trace.name || trace.trace_id.slice(0, 8))}
      </Link>
      <StatusMark status={trace.status} />
      <Value shown={duration(trace.duration_ms)} exact={trace.duration_ms} />
      <Value shown={cost(trace.total_cost)} exact={trace.total_cost} />
      <span className="num">
        <Value shown={count(trace.total_tokens)} exact={trace.total_tokens} />{' '}
        <span className="faint">tokens</span>
      </span>
    </span>
  );
  return (
    <header className="compare-head">
      {side('A', a)}
      <button
        className="button plain icon"
        aria-label="Swap the two"
        title="Swap the two"
        onClick={() => {
          set({ a: b.trace_id, b: a.trace_id, pair: null });
        }}
      >
        <Icon name="swap" />
      </button>
      {side('B', b)}
      <span className="space" />
      <span className="compare-deltas">
        <span className="faint">B against A</span>
        <Delta a={a.duration_ms} b={b.duration_ms} show={duration} />
        <Delta a={a.total_cost} b={b.total_cost} show={cost} />
        <span>
          <Delta a={a.total_tokens} b={b.total_tokens} show={count} /> <span className="faint">tokens</span>
        </span>
      </span>
    </header>
  );
}

/** Both have the same name, mostly: then it stands there once. */
function Name({ pair }: { pair: Pair }) {
  const names = [...new Set([pair.a?.name, pair.b?.name].flatMap((name) => name ?? []))];
  const name = visible(names.join(' → '));
  return (
    <span role="gridcell" className="pair-name">
      <span style={{ width: Math.min(pair.depth, LEVELS_MAX) * LEVEL_PX }} />
      <Icon name={pair.span_type} size={14} color={`var(--t-${pair.span_type})`} />
      <span className="clip" title={name}>
        {name}
      </span>
    </span>
  );
}

function Took({ side }: { side: Side | null }) {
  return (
    <span role="gridcell" className="num">
      {side?.status === 'error' && <span className="failed">✕ </span>}
      {side && <Value shown={duration(side.duration_ms)} exact={side.duration_ms} />}
    </span>
  );
}

function PairRow({ pair }: { pair: Pair }) {
  return (
    <>
      <Name pair={pair} />
      <Took side={pair.a} />
      <Took side={pair.b} />
      <span role="gridcell" className="num">
        <Delta a={pair.a?.duration_ms} b={pair.b?.duration_ms} show={duration} />
      </span>
      <span role="gridcell" className="num">
        <Delta a={pair.a?.total_tokens} b={pair.b?.total_tokens} show={count} />
      </span>
      <span role="gridcell" className="num">
        <Delta a={pair.a?.total_cost} b={pair.b?.total_cost} show={cost} />
      </span>
      <span role="gridcell" className="clip pair-differences">
        {pair.differences.map((one) => words[one]).join(', ')}
      </span>
    </>
  );
}

function Pairs({
  pairs,
  shown,
  selected,
  onSelect,
}: {
  pairs: readonly Pair[];
  /** Indexes in pairs. */
  shown: readonly number[];
  selected: number;
  onSelect: (pair: number) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRows(scroller, { count: shown.length, rowPx: ROW_PX, headPx: ROW_PX });
  const { reveal } = rows;
  const place = shown.indexOf(selected);
  useEffect(() => {
    if (place >= 0) reveal(place);
  }, [place, reveal]);
  return (
    <div
      className="pairs"
      ref={scroller}
      role="grid"
      aria-label="Pairs of spans"
      aria-rowcount={shown.length + 1}
      tabIndex={0}
    >
      <div className="pair head" role="row">
        <span role="columnheader">Span</span>
        {['A', 'B', 'Δ duration', 'Δ tokens', 'Δ cost'].map((title) => (
          <span key={title} role="columnheader" className="num">
            {title}
          </span>
        ))}
        <span role="columnheader">Differs in</span>
      </div>
      <div className="rows" role="rowgroup" style={{ height: rows.heightPx }}>
        {indexesOf(rows).map((at) => {
          const index = shown[at]!;
          const pair = pairs[index]!;
          const classes = ['pair'];
          if (!pair.a) classes.push('only-b');
          if (!pair.b) classes.push('only-a');
          return (
            <div
              key={index}
              role="row"
              aria-selected={index === selected}
              className={classes.join(' ')}
              style={{ top: at * ROW_PX }}
              onClick={() => {
                onSelect(index);
              }}
            >
              <PairRow pair={pair} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Body({ diff }: { diff: TraceDiff }) {
  const [values, set] = useUrlState();
  const { pairs, first_difference: first } = diff;
  const onlyChanges = values.get('only') === 'changes';
  const shown = useMemo(
    () => [...pairs.keys()].filter((index) => !onlyChanges || pairs[index]!.differences.length > 0),
    [pairs, onlyChanges],
  );
  const selected = Number(values.get('pair') ?? first ?? 0);
  const pair = pairs[selected];
  const select = (index: number) => {
    set({ pair: String(index) });
  };
  const next = (by: 1 | -1) => {
    for (let at = selected + by; at >= 0 && at < pairs.length; at += by)
      if (pairs[at]!.differences.length > 0) {
        select(at);
        return;
      }
  };
  const step = (by: number) => {
    const at = shown[Math.min(shown.length - 1, Math.max(0, shown.indexOf(selected) + by))];
    if (at !== undefined) select(at);
  };
  useKeys({
    n: () => {
      next(1);
    },
    p: () => {
      next(-1);
    },
    j: () => {
      step(1);
    },
    k: () => {
      step(-1);
    },
  });
  const different = pairs.filter((one) => one.differences.length > 0).length;
  return (
    <>
      <div className="view-bar compare-bar">
        <span role="status">
          <b className="num">{different.toLocaleString('en')}</b> of {pairs.length.toLocaleString('en')} pairs
          differ
        </span>
        {first !== null && (
          <button
            className="link"
            onClick={() => {
              select(first);
            }}
          >
            to the first
          </button>
        )}
        <span className="space" />
        <button
          className="button plain toggle"
          aria-pressed={onlyChanges}
          onClick={() => {
            set({ only: onlyChanges ? null : 'changes' });
          }}
        >
          Only changes
        </button>
      </div>
      <div className="compare-body">
        <Pairs pairs={pairs} shown={shown} selected={selected} onSelect={select} />
        <aside className="compare-detail" aria-label="Selected pair">
          {pair?.a && pair.b ? (
            <PairDetail
              key={selected}
              a={{ traceId: diff.a.trace_id, spanId: pair.a.span_id }}
              b={{ traceId: diff.b.trace_id, spanId: pair.b.span_id }}
              isCall={pair.span_type === 'llm'}
            />
          ) : (
            pair && (
              <p className="dim">
                {visible((pair.a ?? pair.b)?.name ?? '')} is in {pair.a ? 'A' : 'B'} alone.
              </p>
            )
          )}
        </aside>
      </div>
    </>
  );
}

/** "span:TRACE:SPAN" or "TRACE:SPAN" names a span, anything else a trace. */
function spanPlace(text: string) {
  const [traceId, spanId] = text.replace(/^span:/, '').split(':', 2);
  return traceId && spanId ? { traceId, spanId } : null;
}

/** Two runs, or two spans, side by side: what changed, and where they parted. */
export default function ComparePage() {
  const [values] = useUrlState();
  const [a, b] = [values.get('a') ?? '', values.get('b') ?? ''];
  const [spanA, spanB] = [spanPlace(a), spanPlace(b)];
  const both = a !== '' && b !== '';
  const diff = useTraceDiff(a, b, both && !spanA && !spanB);
  useEffect(() => {
    document.title = 'Compare · OpenAgentTrace';
  }, []);
  if (!both) return <Choice a={a} b={b} />;
  if (spanA && spanB)
    return (
      <div className="page">
        <h1 className="compare-title">Two spans</h1>
        <PairDetail a={spanA} b={spanB} isCall />
      </div>
    );
  if (diff.error)
    return (
      <>
        <Problem error={diff.error} onRetry={() => void diff.refetch()} />
        <Choice key={a + b} a={a} b={b} />
      </>
    );
  if (!diff.data) return <div className="empty faint">comparing…</div>;
  return (
    <div className="page">
      <h1 className="hidden-text">Compare</h1>
      <Head diff={diff.data} />
      <Body diff={diff.data} />
    </div>
  );
}
