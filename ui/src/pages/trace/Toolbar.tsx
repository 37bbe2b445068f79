import { useMemo } from 'react';
import { plain, percent } from '../../lib/format';
import { useUrlState } from '../../lib/urlState';
import { Toggle } from '../../parts/Toggle';
import type { Coloring } from './lane';
import { nextRow } from './useTraceKeys';
import type { TraceView } from './useTraceView';

export const viewNames = [
  ['waterfall', 'Waterfall'],
  ['dag', 'Graph'],
  ['flame', 'Flame'],
  ['log', 'Log'],
  ['conversation', 'Conversation'],
  ['costs', 'Costs'],
] as const;

export type ViewName = (typeof viewNames)[number][0];

const colorings: readonly (readonly [Coloring, string])[] = [
  ['type', 'Type'],
  ['cost', 'Cost'],
  ['latency', 'Latency'],
];

/** What the end waited for, by the kinds of work: "llm 71 %, tool 22 %". */
function PathShares({ view }: { view: TraceView }) {
  const shares = useMemo(() => {
    const all = [...view.path.byType].sort((a, b) => b[1] - a[1]);
    const sum = all.reduce((total, [, ms]) => total + ms, 0);
    return all.slice(0, 3).map(([type, ms]) => ({ type, share: sum > 0 ? ms / sum : 0 }));
  }, [view.path]);
  return (
    <span className="path-shares dim" title="What the end of the trace waited for: its critical path">
      {shares.map(({ type, share }) => (
        <span key={type}>
          <i style={{ background: `var(--t-${type})` }} />
          {type} {plain(percent(share))}
        </span>
      ))}
    </span>
  );
}

function Find({ view }: { view: TraceView }) {
  const [values, setUrl] = useUrlState();
  const text = values.get('fq') ?? '';
  const { matches, selected } = view;
  const found = useMemo(() => matches?.reduce((sum, one) => sum + one, 0) ?? 0, [matches]);
  const place = useMemo(
    () => matches?.subarray(0, selected + 1).reduce((sum, one) => sum + one, 0) ?? 0,
    [matches, selected],
  );
  const go = (by: 1 | -1) => {
    const row = matches && nextRow(view, (one) => matches[one] === 1, by);
    if (row !== null) view.select(row);
  };
  return (
    <div className="find">
      <input
        type="search"
        aria-label="Find in the trace"
        placeholder="Find in the trace"
        value={text}
        onChange={(event) => {
          setUrl({ fq: event.target.value });
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {matches && (
        <span className="num faint" role="status">
          {matches[selected] ? `${place}/${found}` : found}
        </span>
      )}
    </div>
  );
}

/** Which view, and what it brings out. */
export function Toolbar({ view, name }: { view: TraceView; name: ViewName }) {
  const [, setUrl] = useUrlState();
  const lanes = name === 'waterfall' || name === 'flame' || name === 'dag';
  return (
    <div className="toolbar">
      <div className="tabs" role="tablist" aria-label="Views">
        {viewNames.map(([one, title]) => (
          <button
            key={one}
            role="tab"
            aria-selected={one === name}
            onClick={() => {
              setUrl({ view: one === 'waterfall' ? null : one });
            }}
          >
            {title}
          </button>
        ))}
      </div>
      {name === 'waterfall' && <PathShares view={view} />}
      <span className="space" />
      {(lanes || name === 'log') && <Find view={view} />}
      {lanes && (
        <label className="dim">
          Colour{' '}
          <select
            className="button"
            value={view.coloring}
            onChange={(event) => {
              setUrl({ color: event.target.value === 'type' ? null : event.target.value });
            }}
          >
            {colorings.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      )}
      {name === 'waterfall' && (
        <Toggle name="path" label="Critical path" title="Underline what the end waited for" />
      )}
      {(name === 'waterfall' || name === 'dag') && (
        <Toggle name="folds" label="Fold repeats" title="Show steps that repeat once, with a count" />
      )}
    </div>
  );
}
