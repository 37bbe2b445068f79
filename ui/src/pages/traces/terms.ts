/** Terms of the filter that facets write. The text is the truth: a facet only adds to it or takes away. */
import { quoted } from '../../lib/completion';

export type FacetValue = string | number;

/** The terms that stand side by side at the top of a filter. */
export function topTerms(q: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let inText = false;
  let from = 0;
  for (let at = 0; at < q.length; at++) {
    const c = q.charAt(at);
    if (inText) {
      if (c === '\\') at++;
      else if (c === '"') inText = false;
    } else if (c === '"') inText = true;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (depth === 0 && /^\sand\s/i.test(q.slice(at, at + 5))) {
      terms.push(q.slice(from, at).trim());
      at += 4;
      from = at;
    }
  }
  terms.push(q.slice(from).trim());
  return terms.filter((term) => term !== '');
}

/** only: traces with this value alone; also: beside those that are chosen; not: traces without it. Each takes
 * itself back when it is so already. */
export type How = 'only' | 'also' | 'not';

const names: Readonly<Record<string, string>> = { status: 'trace.status', span_type: 'type' };

/** "model = a", or "model in (a, b)". */
function anyOf(field: string, values: readonly string[]): string {
  const name = names[field] ?? field;
  return values.length === 1 ? `${name} = ${values[0] ?? ''}` : `${name} in (${values.join(', ')})`;
}

/** Of the traces that have a span with one of the values, none. */
function noneOf(field: string, values: readonly string[]): string {
  const any = anyOf(field, values);
  return field === 'status' ? `not ${any}` : `not trace.has(${any})`;
}

/** A value as the filter has it. */
function written(value: FacetValue): string {
  return typeof value === 'string' ? quoted(value) : String(value);
}

const VALUE = /"(?:[^"\\]|\\.)*"|[^\s,()"]+/g;

/** The values of a term that `make` wrote for a field; null: it is another term. */
function valuesOf(
  term: string,
  field: string,
  make: (field: string, values: readonly string[]) => string,
): string[] | null {
  const values = /\s(?:=|in)\s(.*)$/.exec(term)?.[1]?.match(VALUE) ?? [];
  return values.length > 0 && make(field, values) === term ? values : null;
}

export interface Choice {
  readonly chosen: readonly string[];
  readonly excluded: readonly string[];
}

/** What a filter says of a field, as far as facets write it. */
export function choiceOf(q: string, field: string): Choice {
  const said = (make: typeof anyOf) => topTerms(q).flatMap((term) => valuesOf(term, field, make) ?? []);
  return { chosen: said(anyOf), excluded: said(noneOf) };
}

export function isIn(values: readonly string[], value: FacetValue): boolean {
  return values.includes(written(value));
}

function toggled(values: readonly string[], value: string): string[] {
  return values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
}

/** The filter after a click on a value of a facet. */
export function withValue(q: string, field: string, value: FacetValue, how: How): string {
  const { chosen, excluded } = choiceOf(q, field);
  const text = written(value);
  const isOnly = chosen.length === 1 && chosen[0] === text;
  const nextChosen = {
    only: isOnly ? [] : [text],
    also: toggled(chosen, text),
    not: chosen.filter((one) => one !== text),
  }[how];
  const nextExcluded = how === 'not' ? toggled(excluded, text) : excluded.filter((one) => one !== text);
  const others = topTerms(q).filter(
    (term) => valuesOf(term, field, anyOf) === null && valuesOf(term, field, noneOf) === null,
  );
  if (nextChosen.length > 0) others.push(anyOf(field, nextChosen));
  if (nextExcluded.length > 0) others.push(noneOf(field, nextExcluded));
  return others.join(' and ');
}
