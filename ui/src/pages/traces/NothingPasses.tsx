import { rangeLabel } from '../../lib/range';
import { useTraceTotal, type Selection } from './queries';
import { topTerms } from './terms';

/** What there would be without a part of what is asked for. */
function Drop({ what, selection, onDrop }: { what: string; selection: Selection; onDrop: () => void }) {
  const { data: total } = useTraceTotal(selection);
  return (
    <button className="button" disabled={total === 0} onClick={onDrop}>
      Drop <span className="mono">{what}</span>
      {total !== undefined && (
        <span className="faint num">
          {total.toLocaleString('en')} {total === 1 ? 'trace' : 'traces'}
        </span>
      )}
    </button>
  );
}

/** No trace passes: which term is to blame, and a way out for each. */
export function NothingPasses({
  selection,
  onChange,
}: {
  selection: Selection;
  onChange: (changes: Readonly<Record<string, string | null>>) => void;
}) {
  const terms = topTerms(selection.q);
  const without = (at: number) => terms.filter((_, other) => other !== at).join(' and ');
  return (
    <div className="empty">
      <h2>No trace passes</h2>
      {terms.length > 1 &&
        terms.map((term, at) => (
          <Drop
            key={term}
            what={term}
            selection={{ ...selection, q: without(at) }}
            onDrop={() => {
              onChange({ q: without(at) });
            }}
          />
        ))}
      {selection.range !== 'all' && (
        <Drop
          what={rangeLabel(selection.range)}
          selection={{ ...selection, range: 'all' }}
          onDrop={() => {
            onChange({ range: 'all' });
          }}
        />
      )}
      <button
        className="button"
        onClick={() => {
          onChange({ q: null, range: 'all' });
        }}
      >
        Drop the filter and the range
      </button>
    </div>
  );
}
