import { quoted } from '../../lib/completion';

/** Terms of the filter that facets write. The text is the truth: a facet only adds to it or takes away. */

export function termOf(field: string, value: string | number | null): string {
  const name = field === 'status' ? 'trace.status' : field === 'span_type' ? 'type' : field;
  return `${name} = ${typeof value === 'string' ? quoted(value) : String(value)}`;
}

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

/** The filter with the term added, or without it when it was there. */
export function toggled(q: string, term: string): string {
  const terms = topTerms(q);
  const without = terms.filter((one) => one !== term);
  return (without.length < terms.length ? without : [...terms, term]).join(' and ');
}
