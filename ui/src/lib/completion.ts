/** What may come next in a filter: fields, then operators, then values, then "and" and "or" (docs/filter.md). */

type Kind = 'text' | 'name' | 'time' | 'duration' | 'number' | 'money' | 'id' | 'payload';

interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly values?: readonly string[];
}

const types =
  'agent llm tool retrieval guardrail handoff embedding rerank memory chain http database cache file_io'.split(
    ' ',
  );
const states = ['success', 'error', 'running', 'interrupted', 'unknown', 'lost_contact'];

function fieldsOf(kind: Kind, names: string): Field[] {
  return names.split(' ').map((name) => ({ name, kind }));
}

const fields: readonly Field[] = [
  { name: 'type', kind: 'name', values: types },
  { name: 'status', kind: 'name', values: states },
  { name: 'trace.status', kind: 'name', values: states },
  ...fieldsOf('text', 'name model agent service session user provider environment operation prompt_name'),
  ...fieldsOf('money', 'cost trace.cost'),
  ...fieldsOf('duration', 'duration trace.duration ttft'),
  ...fieldsOf('number', 'tokens prompt_tokens completion_tokens cached_tokens prompt_version'),
  ...fieldsOf('number', 'errors span_count llm_calls tool_calls depth'),
  ...fieldsOf('time', 'start end'),
  ...fieldsOf('payload', 'input output error'),
  ...fieldsOf('id', 'trace_id span_id'),
];

const operators: Readonly<Record<Kind, readonly string[]>> = {
  text: ['=', '!=', '~', ':', 'in ('],
  name: ['=', '!=', 'in ('],
  time: ['>', '<', '>=', '<='],
  duration: ['>', '<', '>=', '<='],
  number: ['>', '<', '=', '>=', '<='],
  money: ['>', '<', '>=', '<='],
  id: ['=', 'in ('],
  payload: [':', '= null', '!= null'],
};

const examples: Partial<Readonly<Record<Kind, readonly string[]>>> = {
  time: ['-1h', '-24h', '-7d'],
  duration: ['500ms', '2s', '1m'],
  money: ['0.01', '0.1', '1'],
};

export interface Completion {
  /** What an option takes the place of. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly string[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[()]|[<>!]?=|[<>~:]|,|[^\s()"'<>=!~:,]+/g;
const OPERATOR = /^(?:[<>!]?=|[<>~:]|in)$/;
const OPTIONS_MAX = 12;

type Place =
  { readonly at: 'field' | 'joint' } | { readonly at: 'operator' | 'value'; readonly field: Field };

/** What stands at the end of some tokens. */
function placeAfter(tokens: readonly string[]): Place {
  let place: Place = { at: 'field' };
  let inList: Field | null = null;
  for (const token of tokens) {
    if (inList) {
      if (token === ')') {
        inList = null;
        place = { at: 'joint' };
      } else place = { at: 'value', field: inList };
    } else if (place.at === 'operator' && OPERATOR.test(token)) place = { at: 'value', field: place.field };
    else if (place.at === 'value') {
      if (token === '(') inList = place.field;
      else place = { at: 'joint' };
    } else if (token === '(' || /^(?:and|or|not)$/i.test(token)) place = { at: 'field' };
    else {
      const field = fields.find((one) => one.name === token);
      place = field ? { at: 'operator', field } : { at: 'joint' };
    }
  }
  return place;
}

/** A value as the language wants it: bare when it is a plain word. */
export function quoted(value: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(value) ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

function optionsAt(place: Place, valuesOf: (field: string) => readonly string[]): readonly string[] {
  switch (place.at) {
    case 'field':
      return fields.map((field) => field.name);
    case 'joint':
      return ['and', 'or'];
    case 'operator':
      return operators[place.field.kind];
    case 'value':
      return [
        ...(place.field.values ?? []),
        ...valuesOf(place.field.name).map(quoted),
        ...(examples[place.field.kind] ?? []),
      ];
  }
}

/** What may stand at the caret. valuesOf: values that are known of a field, the most frequent first. */
export function complete(
  text: string,
  caret: number,
  valuesOf: (field: string) => readonly string[] = () => [],
): Completion {
  const before = text.slice(0, caret);
  const found = [...before.matchAll(TOKEN)];
  const last = found[found.length - 1];
  // What touches the caret is being written; what stands before it decides what it can be.
  const touches = last !== undefined && last.index + last[0].length === caret && !/^[(),]$/.test(last[0]);
  const done = (touches ? found.slice(0, -1) : found).map((one) => one[0]);
  const written = touches ? last[0] : '';
  const from = touches ? last.index : caret;
  const wanted = written.replace(/^["']/, '').toLowerCase();
  const options = [...new Set(optionsAt(placeAfter(done), valuesOf))].filter((option) => {
    const plain = option.replace(/^["']/, '').toLowerCase();
    return plain.startsWith(wanted) && option !== written;
  });
  return { from, to: caret, options: options.slice(0, OPTIONS_MAX) };
}
