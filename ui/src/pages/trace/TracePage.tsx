import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError, get } from '../../lib/api';
import { cost, count, duration, moment } from '../../lib/format';
import { useTheme } from '../../lib/theme';
import { criticalRows, openRows, treeOf } from '../../lib/tree';
import type { WholeTrace } from '../../lib/types';
import { useUrlState } from '../../lib/urlState';
import { useKeys } from '../../lib/useKeys';
import { useNow } from '../../lib/useNow';
import { Icon } from '../../parts/Icon';
import { Problem } from '../../parts/Problem';
import { StatusMark } from '../../parts/StatusMark';
import { Value } from '../../parts/Value';
import { Inspector } from './Inspector';
import { endOf, type Domain } from './lane';
import { Waterfall } from './Waterfall';
import './trace.css';

const RUNNING_MS = 1000;
const NOT_WRITTEN_YET = 3;
const SHORTEST_S = 1e-6;

function useTrace(id: string) {
  return useQuery({
    queryKey: ['trace', id],
    queryFn: ({ signal }) => get<WholeTrace>(`/traces/${id}`, {}, signal),
    refetchInterval: (query) => (query.state.data?.status === 'running' ? RUNNING_MS : false),
    // A trace that one was sent to may be written this very moment.
    retry: (failures, error) =>
      failures < NOT_WRITTEN_YET && (!(error instanceof ApiError) || error.status === 404),
    retryDelay: RUNNING_MS,
  });
}

function Head({ trace, now }: { trace: WholeTrace; now: number }) {
  const ms = trace.status === 'running' ? (now - trace.start_time) * 1000 : trace.duration_ms;
  return (
    <header className="trace-head">
      <Link href="/traces" className="button plain icon" aria-label="To the traces">
        <Icon name="left" />
      </Link>
      <h1 className="clip">{trace.name || trace.trace_id}</h1>
      <StatusMark status={trace.status} />
      <Value shown={duration(ms)} exact={ms === null ? null : `${ms} ms`} />
      <Value shown={cost(trace.total_cost)} exact={trace.total_cost} />
      <span className="num">
        <Value shown={count(trace.prompt_tokens)} exact={trace.prompt_tokens} />
        <span className="faint"> → </span>
        <Value shown={count(trace.completion_tokens)} exact={trace.completion_tokens} />
      </span>
      {trace.model && <span className="dim clip">{trace.model}</span>}
      <span className="trace-head-space" />
      <span className="faint num">{moment(trace.start_time)}</span>
    </header>
  );
}

function Summary({ trace, onSpan }: { trace: WholeTrace; onSpan: (id: string) => void }) {
  const root = trace.spans.find((span) => span.parent_span_id === null) ?? trace.spans[0];
  const leaves = useMemo(() => {
    const parents = new Set(trace.spans.map((span) => span.parent_span_id));
    return trace.spans.filter((span) => !parents.has(span.span_id));
  }, [trace.spans]);
  const slowest = leaves.reduce((a, b) => ((b.duration_ms ?? 0) > (a?.duration_ms ?? 0) ? b : a), leaves[0]);
  const dearest = trace.spans.reduce(
    (a, b) => ((b.usage.total_cost ?? 0) > (a?.usage.total_cost ?? 0) ? b : a),
    trace.spans[0],
  );
  const failed = trace.spans.find((span) => span.status === 'error');
  return (
    <p className="trace-summary">
      <span className="clip dim">
        {root?.input_preview && <q>{root.input_preview}</q>}
        {root?.output_preview && (
          <>
            {' → '}
            <q>{root.output_preview}</q>
          </>
        )}
      </span>
      {slowest && (
        <button
          className="link"
          onClick={() => {
            onSpan(slowest.span_id);
          }}
        >
          slowest: {slowest.name} <Value shown={duration(slowest.duration_ms)} />
        </button>
      )}
      {dearest?.usage.total_cost ? (
        <button
          className="link"
          onClick={() => {
            onSpan(dearest.span_id);
          }}
        >
          dearest: {dearest.name} <Value shown={cost(dearest.usage.total_cost)} />
        </button>
      ) : null}
      {failed && (
        <button
          className="link failed"
          onClick={() => {
            onSpan(failed.span_id);
          }}
        >
          {trace.error_count} {trace.error_count === 1 ? 'error' : 'errors'} ↓
        </button>
      )}
    </p>
  );
}

/** The zoom of the lane, within the trace. */
function useDomain(whole: Domain): [Domain, (domain: Domain) => void] {
  const [chosen, setChosen] = useState<Domain | null>(null);
  const domain = chosen ?? whole;
  const set = (next: Domain) => {
    const most = (whole.to - whole.from) * 1.02;
    const length = Math.min(most, Math.max(SHORTEST_S, next.to - next.from));
    if (length >= most * 0.98) setChosen(null);
    else {
      const from = Math.min(whole.to - length * 0.1, Math.max(whole.from - length * 0.9, next.from));
      setChosen({ from, to: from + length });
    }
  };
  return [domain, set];
}

function Body({ trace, now }: { trace: WholeTrace; now: number }) {
  const [values, setUrl] = useUrlState();
  const theme = useTheme();
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const { spans } = trace;
  const tree = useMemo(() => treeOf(spans), [spans]);
  const rows = useMemo(() => openRows(tree, closed), [tree, closed]);
  const clock = trace.status === 'running' ? now : trace.start_time;
  const critical = useMemo(() => criticalRows(tree, spans, clock), [tree, spans, clock]);
  const whole = useMemo(() => {
    const from = Math.min(
      ...[trace.start_time],
      spans.reduce((least, s) => Math.min(least, s.start_time), Infinity),
    );
    const to = spans.reduce((most, span) => Math.max(most, endOf(span, clock)), from + SHORTEST_S);
    return { from, to: to + (to - from) * 0.02 };
  }, [spans, trace.start_time, clock]);
  const [domain, setDomain] = useDomain(whole);

  const spanId = values.get('span');
  const found = spanId ? spans.findIndex((span) => span.span_id === spanId) : -1;
  const selected = found >= 0 ? tree.spanAt.indexOf(found) : 0;
  const select = (row: number) => {
    const span = spans[tree.spanAt[row] ?? 0];
    if (!span) return;
    // What is selected is never hidden in a closed branch.
    const open = new Set(closed);
    for (let up = tree.parent[row]!; up >= 0; up = tree.parent[up]!) open.delete(up);
    if (open.size < closed.size) setClosed(open);
    setUrl({ span: span.span_id });
  };
  const toggle = (row: number, close = !closed.has(row)) => {
    const next = new Set(closed);
    if (close) next.add(row);
    else next.delete(row);
    setClosed(next);
  };
  const step = (by: number) => {
    const at = rows.indexOf(selected);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next !== undefined) select(next);
  };
  const [, navigate] = useLocation();
  useKeys({
    ArrowDown: () => {
      step(1);
    },
    ArrowUp: () => {
      step(-1);
    },
    j: () => {
      step(1);
    },
    k: () => {
      step(-1);
    },
    ArrowRight: () => {
      if (closed.has(selected)) toggle(selected, false);
      else if (tree.end[selected]! > selected + 1) select(selected + 1);
    },
    ArrowLeft: () => {
      if (tree.end[selected]! > selected + 1 && !closed.has(selected)) toggle(selected, true);
      else if (tree.parent[selected]! >= 0) select(tree.parent[selected]!);
    },
    e: () => {
      const order = [...tree.spanAt.keys()];
      const next = [...order.slice(selected + 1), ...order.slice(0, selected + 1)].find(
        (row) => spans[tree.spanAt[row]!]?.status === 'error',
      );
      if (next !== undefined) select(next);
    },
    f: () => {
      const span = spans[tree.spanAt[selected]!];
      if (span)
        setDomain({ from: span.start_time, to: Math.max(endOf(span, clock), span.start_time + SHORTEST_S) });
    },
    '0': () => {
      setDomain(whole);
    },
    Escape: () => {
      navigate('/traces');
    },
  });

  const span = spans[tree.spanAt[selected]!];
  return (
    <>
      <Summary
        trace={trace}
        onSpan={(id) => {
          select(tree.spanAt.indexOf(spans.findIndex((one) => one.span_id === id)));
        }}
      />
      <div className="trace-body">
        <Waterfall
          spans={spans}
          tree={tree}
          rows={rows}
          closed={closed}
          critical={critical}
          whole={whole}
          domain={domain}
          now={clock}
          selected={selected}
          theme={theme}
          onSelect={select}
          onToggle={toggle}
          onDomain={setDomain}
        />
        {span && <Inspector span={span} />}
      </div>
    </>
  );
}

export default function TracePage({ id }: { id: string }) {
  const trace = useTrace(id);
  const running = trace.data?.status === 'running';
  const now = useNow(running ? 250 : 10_000);
  useEffect(() => {
    if (trace.data)
      document.title = `${running ? '◐ ' : ''}${trace.data.name || id.slice(0, 8)} · OpenAgentTrace`;
  }, [trace.data, running, id]);
  if (trace.error)
    return (
      <>
        <Problem error={trace.error} onRetry={() => void trace.refetch()} />
        <div className="empty">
          <Link className="button" href="/traces">
            To the traces
          </Link>
        </div>
      </>
    );
  if (!trace.data) return <div className="empty faint">loading…</div>;
  return (
    <div className="trace">
      <Head trace={trace.data} now={now} />
      <Body trace={trace.data} now={now} />
    </div>
  );
}
