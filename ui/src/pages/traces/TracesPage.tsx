import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { addressOfId } from '../../lib/addressOfId';
import { useLast } from '../../lib/useLast';
import { useUrlState } from '../../lib/urlState';
import { Problem } from '../../parts/Problem';
import { withDigits } from '../../lib/ids';
import { rememberList } from '../../lib/lastList';
import { useLiveItems } from '../../lib/useLiveItems';
import { usePaced } from '../../lib/usePaced';
import { BulkBar } from './BulkBar';
import { ColumnsMenu } from './ColumnsMenu';
import { ExportMenu } from './ExportMenu';
import { FacetList } from './FacetList';
import { FilterBox } from '../../parts/FilterBox';
import { RangeChoice } from '../../parts/RangeChoice';
import { FirstTrace } from './FirstTrace';
import { HistogramStrip } from './HistogramStrip';
import {
  useFacets,
  useHistogram,
  useRenewedTraces,
  useTotals,
  useTraceList,
  type Selection,
} from './queries';
import { rangeOf, rangeText } from '../../lib/range';
import { NothingPasses } from './NothingPasses';
import { TotalsLine } from './TotalsLine';
import { TraceTable } from './TraceTable';
import { useColumns } from './useColumns';
import { ViewsMenu } from './ViewsMenu';
import './traces.css';

const DEFAULT_RANGE = '-24h';

function useSelection() {
  const [values, set] = useUrlState();
  const q = values.get('q') ?? '';
  const chosen = values.get('range');
  const sort = values.get('sort') ?? '-start';
  const [widened, setWidened] = useState(false);
  const range = chosen ?? (widened ? 'all' : DEFAULT_RANGE);
  const selection: Selection = useMemo(() => ({ q, range, sort }), [q, range, sort]);
  return { selection, set, chosen, widened, setWidened };
}

const WHOLE_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Asks anew as soon as a trace gets spans while the list follows; else counts those that began since it was
 * made, and what is in it already changes in its place. */
function useArrivals(
  selection: Selection,
  follows: boolean,
  newest: number,
  refresh: () => Promise<unknown>,
) {
  const renew = useRenewedTraces(selection);
  const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set());
  const ask = usePaced(refresh);
  const live = selection.sort === '-start' && !selection.range.includes('..');
  // A filter of traces cannot be told span by span: then all traces are a reason to look.
  useLiveItems(live ? '' : null, 'trace', (items) => {
    if (follows) {
      ask();
      return;
    }
    renew(items.flatMap((item) => (item.type === 'trace' ? [item.trace] : [])));
    setArrived((before) => {
      const came = items.flatMap((item) =>
        item.type === 'trace' && item.trace.start_time > newest ? [item.trace.trace_id] : [],
      );
      return came.length > 0 ? new Set([...before, ...came]) : before;
    });
  });
  useEffect(() => {
    if (!follows || arrived.size === 0) return;
    setArrived(new Set());
    ask();
  }, [follows, arrived, ask]);
  const latest = useRef(refresh);
  latest.current = refresh;
  const take = useCallback(() => {
    void latest.current().then(() => {
      setArrived(new Set());
    });
  }, []);
  return { arrived: arrived.size, take };
}

/** The traces that are ticked. */
function useChecked() {
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const onCheck = useCallback((ids: readonly string[], on: boolean) => {
    setChecked((before) => {
      const next = new Set(before);
      for (const id of ids)
        if (on) next.add(id);
        else next.delete(id);
      return next;
    });
  }, []);
  const clear = useCallback(() => {
    setChecked(new Set());
  }, []);
  return { checked, onCheck, clear };
}

/** The list of traces, what they come to, and ways to narrow it. */
export function TracesPage() {
  const { selection, set, chosen, widened, setWidened } = useSelection();
  const columns = useColumns();
  const [atTop, setAtTop] = useState(true);
  const [pointed, setPointed] = useState(false);
  const { checked, onCheck, clear } = useChecked();
  // What one reads, points at or has ticked stays where it is.
  const follows = atTop && !pointed && checked.size === 0;
  const live = follows && selection.sort === '-start';
  const list = useTraceList(selection, live);
  const when = { live, settled: !list.isPending && !list.isPlaceholderData };
  const totals = useTotals(selection, when);
  const histogram = useHistogram(selection, when);
  const facets = useFacets(selection, when);
  const lastTotals = useLast(totals.data);
  const lastHistogram = useLast(histogram.data);
  const lastFacets = useLast(facets.data);
  const shown = useLast(list.data);
  const traces = useMemo(() => shown?.pages.flatMap((page) => page.traces.map(withDigits)) ?? [], [shown]);
  useEffect(() => {
    rememberList({ search: window.location.search, ids: traces.map((trace) => trace.trace_id) });
  }, [traces, selection]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const [, navigate] = useLocation();
  const setQ = useCallback(
    (q: string) => {
      // An id that was pasted is a trace that is wanted.
      if (WHOLE_ID.test(q.trim())) {
        navigate(`/traces/${q.trim()}`);
        return;
      }
      set({ q });
      void addressOfId(q.trim()).then((address) => {
        const isStillAsked = new URLSearchParams(window.location.search).get('q') === q;
        if (address && isStillAsked) navigate(address);
      });
    },
    [set, navigate],
  );
  const valuesOf = useCallback(
    (field: string) =>
      lastFacets?.facets
        .find((facet) => facet.field === field)
        ?.values.flatMap(({ value }) => (value === null ? [] : [String(value)])) ?? [],
    [lastFacets],
  );
  const newest = traces[0]?.start_time ?? 0;
  const { arrived, take } = useArrivals(selection, follows, newest, () =>
    Promise.all([list.refetch(), totals.refetch(), histogram.refetch()]),
  );

  // Nothing in the last day, but maybe before: the newest there are.
  const nothing = list.isSuccess && !list.isPlaceholderData && traces.length === 0;
  useEffect(() => {
    if (nothing && chosen === null && selection.q === '') setWidened(true);
  }, [nothing, chosen, selection.q, setWidened]);
  useEffect(() => {
    document.title = 'Traces · OpenAgentTrace';
  }, []);

  const badFilter = list.error !== null && 'status' in list.error && list.error.status === 400;
  const emptyStore = nothing && selection.q === '' && selection.range === 'all';
  return (
    <div className="traces">
      <h1 className="hidden-text">Traces</h1>
      <header className="page-bar">
        <FilterBox q={selection.q} error={list.error} onChange={setQ} valuesOf={valuesOf} />
        <RangeChoice
          range={selection.range}
          onChange={(range) => {
            set({ range });
          }}
        />
        {!columns.narrow && <ColumnsMenu columns={columns} />}
        <ViewsMenu />
        <ExportMenu label="Export" selection={{ q: selection.q, ...rangeOf(selection.range) }} />
      </header>
      {list.error && !badFilter && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {widened && traces.length > 0 && (
        <p className="widened dim" role="status">
          Nothing in the last 24 hours: all traces are shown.
        </p>
      )}
      {emptyStore ? (
        <FirstTrace />
      ) : (
        <>
          <TotalsLine totals={lastTotals} />
          <HistogramStrip
            histogram={lastHistogram}
            onRange={(from, to) => {
              set({ range: rangeText(from, to) }, 'push');
            }}
          />
          <div className="traces-body">
            <FacetList facets={lastFacets?.facets ?? []} selection={selection} onChange={setQ} />
            {nothing ? (
              <NothingPasses
                selection={selection}
                onChange={(changes) => {
                  set(changes, 'push');
                }}
              />
            ) : (
              <TraceTable
                traces={traces}
                total={shown?.pages[0]?.total ?? traces.length}
                stale={list.isPlaceholderData || list.isError}
                sort={selection.sort}
                onSort={(sort) => {
                  set({ sort });
                }}
                columns={columns}
                onNearEnd={more}
                onTop={setAtTop}
                onPointed={setPointed}
                checked={checked}
                onCheck={onCheck}
                arrived={arrived}
                onTake={take}
              />
            )}
          </div>
          {checked.size > 0 && <BulkBar ids={[...checked]} onClear={clear} />}
        </>
      )}
    </div>
  );
}
