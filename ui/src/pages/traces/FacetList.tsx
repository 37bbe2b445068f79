import { useState } from 'react';
import { useFacet, type Facet, type Selection } from './queries';
import { choiceOf, isIn, withValue, type FacetValue, type How } from './terms';

const titles: Readonly<Record<string, string>> = {
  status: 'Status',
  span_type: 'Span type',
  model: 'Model',
  agent: 'Agent',
  service: 'Service',
  environment: 'Environment',
  prompt_name: 'Prompt',
  prompt_version: 'Prompt version',
};

const HINT = 'Click: only these. Ctrl: these too. Alt: none of these.';

function howOf(event: {
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}): How {
  if (event.altKey) return 'not';
  return event.ctrlKey || event.metaKey ? 'also' : 'only';
}

interface Value {
  readonly value: FacetValue;
  readonly traces: number;
}

/** Without those of traces that have none: no click could choose them. */
function valuesOf(facet: Facet): Value[] {
  return facet.values.flatMap(({ value, traces }) => (value === null ? [] : [{ value, traces }]));
}

function Values({
  field,
  values,
  q,
  onChange,
}: {
  field: string;
  values: readonly Value[];
  q: string;
  onChange: (q: string) => void;
}) {
  const { chosen, excluded } = choiceOf(q, field);
  return values.map(({ value, traces }) => {
    const isExcluded = isIn(excluded, value);
    return (
      <button
        key={value}
        className={isExcluded ? 'facet excluded' : 'facet'}
        aria-pressed={isIn(chosen, value)}
        title={HINT}
        onClick={(event) => {
          onChange(withValue(q, field, value, howOf(event)));
        }}
      >
        <span className="clip">
          {isExcluded && <span className="hidden-text">left out: </span>}
          {value}
        </span>
        <span className="num faint">{traces.toLocaleString('en')}</span>
      </button>
    );
  });
}

/** All values of a field, as far as they have some letters in them. */
function AllValues({
  field,
  selection,
  onChange,
}: {
  field: string;
  selection: Selection;
  onChange: (q: string) => void;
}) {
  const [sought, setSought] = useState('');
  const { data } = useFacet(field, selection);
  const facet = data?.facets[0];
  if (!facet) return <p className="faint facet-wait">loading…</p>;
  const wanted = sought.toLowerCase();
  return (
    <>
      <input
        className="facet-search"
        aria-label={`Find in ${titles[field] ?? field}`}
        placeholder="find"
        value={sought}
        onChange={(event) => {
          setSought(event.target.value);
        }}
      />
      <div className="facet-all">
        <Values
          field={field}
          values={valuesOf(facet).filter(({ value }) => String(value).toLowerCase().includes(wanted))}
          q={selection.q}
          onChange={onChange}
        />
      </div>
    </>
  );
}

function FacetSection({
  facet,
  selection,
  onChange,
}: {
  facet: Facet;
  selection: Selection;
  onChange: (q: string) => void;
}) {
  const [all, setAll] = useState(false);
  const { field } = facet;
  return (
    <section>
      <h3>{titles[field] ?? field}</h3>
      {all ? (
        <AllValues field={field} selection={selection} onChange={onChange} />
      ) : (
        <Values field={field} values={valuesOf(facet)} q={selection.q} onChange={onChange} />
      )}
      {(facet.more || all) && (
        <button
          className="link facet-more"
          onClick={() => {
            setAll(!all);
          }}
        >
          {all ? 'fewer' : 'more…'}
        </button>
      )}
    </section>
  );
}

/** The values there are, with how many traces have each; a click writes the filter. */
export function FacetList({
  facets,
  selection,
  onChange,
}: {
  facets: readonly Facet[];
  selection: Selection;
  onChange: (q: string) => void;
}) {
  return (
    <aside className="facets" aria-label="Facets">
      {facets
        .filter((facet) => valuesOf(facet).length > 0)
        .map((facet) => (
          <FacetSection key={facet.field} facet={facet} selection={selection} onChange={onChange} />
        ))}
    </aside>
  );
}
