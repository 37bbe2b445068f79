import type { Facet } from './queries';
import { termOf, toggled, topTerms } from './terms';

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

/** The values there are, with how many traces have each; a click writes the filter. */
export function FacetList({
  facets,
  q,
  onChange,
}: {
  facets: readonly Facet[];
  q: string;
  onChange: (q: string) => void;
}) {
  const chosen = new Set(topTerms(q));
  const shown = facets.filter((facet) => facet.values.some((value) => value.value !== null));
  return (
    <aside className="facets" aria-label="Facets">
      {shown.map((facet) => (
        <section key={facet.field}>
          <h3>{titles[facet.field] ?? facet.field}</h3>
          {facet.values
            .filter((value) => value.value !== null)
            .map((value) => {
              const term = termOf(facet.field, value.value);
              return (
                <button
                  key={value.value}
                  className="facet"
                  aria-pressed={chosen.has(term)}
                  onClick={() => {
                    onChange(toggled(q, term));
                  }}
                >
                  <span className="clip">{value.value}</span>
                  <span className="num faint">{value.traces.toLocaleString('en')}</span>
                </button>
              );
            })}
        </section>
      ))}
    </aside>
  );
}
