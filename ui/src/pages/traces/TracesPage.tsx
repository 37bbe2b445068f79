import { useCallback, useEffect, useMemo, useState } from 'react';
import { useLast } from '../../lib/useLast';
import { useUrlState } from '../../lib/urlState';
import { Problem } from '../../parts/Problem';
import { FacetList } from './FacetList';
import { FilterBox } from '../../parts/FilterBox';
import { FirstTrace } from './FirstTrace';
import { HistogramStrip } from './HistogramStrip';
import { useFacets, useHistogram, useTotals, useTraceList, type Selection } from './queries';
import { ranges, rangeText } from './range';
import { TotalsLine } from './TotalsLine';
import { TraceTable } from './TraceTable';
import './traces.css';

const DEFAULT_RANGE = '-24h';

function RangeChoice({ range, onChange }: { range: string; onChange: (range: string) => void }) {
  const known = ranges.some(([value]) => value === range);
  return (
    <select
      className="button"
      aria-label="Range"
      value={range}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    >
      {!known && <option value={range}>{range.replace('..', ' to ')}</option>}
      {ranges.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

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

/** The list of traces, what they come to, and ways to narrow it. */
export function TracesPage() {
  const { selection, set, chosen, widened, setWidened } = useSelection();
  const [atTop, setAtTop] = useState(true);
  const live = atTop && selection.sort === '-start';
  const list = useTraceList(selection, live);
  const totals = useTotals(selection, live);
  const histogram = useHistogram(selection, live);
  const facets = useFacets(selection);
  const lastTotals = useLast(totals.data);
  const lastHistogram = useLast(histogram.data);
  const lastFacets = useLast(facets.data);
  const shown = useLast(list.data);
  const traces = useMemo(() => shown?.pages.flatMap((page) => page.traces) ?? [], [shown]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const setQ = useCallback(
    (q: string) => {
      set({ q });
    },
    [set],
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
        <FilterBox q={selection.q} error={list.error} onChange={setQ} />
        <RangeChoice
          range={selection.range}
          onChange={(range) => {
            set({ range });
          }}
        />
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
            <FacetList facets={lastFacets?.facets ?? []} q={selection.q} onChange={setQ} />
            {nothing ? (
              <div className="empty">
                <h2>No trace passes</h2>
                <button
                  className="button"
                  onClick={() => {
                    set({ q: null, range: 'all' }, 'push');
                  }}
                >
                  Drop the filter and the range
                </button>
              </div>
            ) : (
              <TraceTable
                traces={traces}
                total={shown?.pages[0]?.total ?? traces.length}
                stale={list.isPlaceholderData || list.isError}
                sort={selection.sort}
                onSort={(sort) => {
                  set({ sort });
                }}
                onNearEnd={more}
                onTop={setAtTop}
              />
            )}
          </div>
        </>
      )}
    </div>
  );
}
