import { useMemo } from 'react';
import { criticalPath, type CriticalPath } from '../../lib/critical';
import { firstRow, foldsAround, foldsOf, itemsOf, type Fold, type Item } from '../../lib/folds';
import { endTime, idOf, rowOf, spansOf, type Skeleton, type Spans } from '../../lib/spans';
import { useTheme } from '../../lib/theme';
import type { Trace } from '../../lib/types';
import { useUrlState } from '../../lib/urlState';
import type { Coloring, Domain } from './lane';
import { useDomain } from './useDomain';

const noFolds: ReadonlyMap<number, Fold> = new Map();

/** What all views of a trace show, and what one can do in each of them. */
export interface TraceView {
  readonly trace: Trace;
  readonly spans: Spans;
  /** Spans that the trace has; more than are here when it is too large. */
  readonly of: number;
  readonly folds: ReadonlyMap<number, Fold>;
  readonly items: Int32Array;
  readonly closed: ReadonlySet<number>;
  readonly openFolds: ReadonlySet<number>;
  readonly path: CriticalPath;
  readonly critical: Uint8Array | null;
  readonly matches: Uint8Array | null;
  readonly coloring: Coloring;
  readonly whole: Domain;
  readonly domain: Domain;
  readonly setDomain: (domain: Domain) => void;
  /** Milliseconds since the trace's start; of a trace that has ended, its end. */
  readonly now: number;
  readonly theme: string;
  /** Row of the selected span. */
  readonly selected: number;
  /** Its place in items; -1: it is not in sight. */
  readonly place: number;
  readonly select: (row: number) => void;
  /** Selects a span, or opens or closes a fold. */
  readonly pick: (item: Item) => void;
  readonly toggle: (row: number) => void;
  readonly toggleFold: (row: number) => void;
  readonly load: (row: number) => void;
}

/** Rows whose ids the address lists: ids stay true when new spans come. */
function rowSet(spans: Spans, text: string | null): ReadonlySet<number> {
  return new Set((text ?? '').split(',').flatMap((id) => (rowOf(spans, id) >= 0 ? [rowOf(spans, id)] : [])));
}

function listed(spans: Spans, rows: ReadonlySet<number>): string | null {
  return rows.size === 0 ? null : [...rows].map((row) => idOf(spans, row)).join(',');
}

function without(rows: ReadonlySet<number>, row: number): ReadonlySet<number> {
  return new Set([...rows].filter((one) => one !== row));
}

function matchesOf(spans: Spans, text: string): Uint8Array | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return null;
  const seen = new Map<string, boolean>();
  const has = (value: string | null) => {
    if (value === null) return false;
    let known = seen.get(value);
    if (known === undefined) seen.set(value, (known = value.toLowerCase().includes(wanted)));
    return known;
  };
  return Uint8Array.from(spans.parent, (_, row) =>
    Number(
      has(spans.name[row]!) ||
        has(spans.type[row]!) ||
        has(spans.model[row]!) ||
        has(spans.agent[row]!) ||
        has(spans.status[row]!),
    ),
  );
}

function wholeOf(spans: Spans, now: number): Domain {
  let to = 0.001;
  for (let row = 0; row < spans.count; row++) to = Math.max(to, endTime(spans, row, now));
  return { from: 0, to: to * 1.02 };
}

export function useTraceView(skeleton: Skeleton, now: number, load: (row: number) => void): TraceView {
  const [values, setUrl] = useUrlState();
  const theme = useTheme();
  const spans = useMemo(() => spansOf(skeleton), [skeleton]);
  const allFolds = useMemo(() => foldsOf(spans), [spans]);
  const folds = values.get('folds') === '0' ? noFolds : allFolds;
  const closedText = values.get('shut');
  const openText = values.get('open');
  const closed = useMemo(() => rowSet(spans, closedText), [spans, closedText]);
  const openFolds = useMemo(() => rowSet(spans, openText), [spans, openText]);
  const items = useMemo(() => itemsOf(spans, folds, closed, openFolds), [spans, folds, closed, openFolds]);
  const path = useMemo(() => criticalPath(spans, now), [spans, now]);
  const sought = values.get('fq') ?? '';
  const matches = useMemo(() => matchesOf(spans, sought), [spans, sought]);
  const whole = useMemo(() => wholeOf(spans, now), [spans, now]);
  const [domain, setDomain] = useDomain(whole);
  const selected = Math.max(0, rowOf(spans, values.get('span') ?? ''));
  const place = useMemo(() => items.indexOf(selected), [items, selected]);

  const select = (row: number) => {
    // What is selected is never hidden in a closed branch.
    let shut = closed;
    for (let up = spans.parent[row]!; up >= 0; up = spans.parent[up]!) shut = without(shut, up);
    const open = new Set([...openFolds, ...foldsAround(spans, folds, row)]);
    setUrl({ span: idOf(spans, row), shut: listed(spans, shut), open: listed(spans, open) });
  };
  const toggle = (row: number) => {
    setUrl({ shut: listed(spans, closed.has(row) ? without(closed, row) : new Set([...closed, row])) });
  };
  const toggleFold = (row: number) => {
    setUrl({
      open: listed(spans, openFolds.has(row) ? without(openFolds, row) : new Set([...openFolds, row])),
    });
  };
  return {
    trace: skeleton.trace,
    spans,
    of: skeleton.of,
    folds,
    items,
    closed,
    openFolds,
    path,
    critical: values.get('path') === '0' ? null : path.on,
    matches,
    coloring: (values.get('color') as Coloring | null) ?? 'type',
    whole,
    domain,
    setDomain,
    now,
    theme,
    selected,
    place,
    select,
    pick: (item) => {
      if (item < 0) toggleFold(firstRow(item));
      else select(item);
    },
    toggle,
    toggleFold,
    load,
  };
}
