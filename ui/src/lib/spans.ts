/** The spans of a trace as columns, in tree order: no object for a span, no recursion, whatever the size.
 * A span is its row. GET /traces/{id}/skeleton answers so: docs/api.md. */
import type { SpanType, Status, Trace } from './types';

type Numbers = readonly (number | null)[];

export interface Skeleton {
  readonly trace: Trace;
  readonly spans: number;
  /** Spans of the trace; of a window: children of its parent. */
  readonly of: number;
  readonly columns: {
    readonly span_id: string;
    readonly parent: readonly number[];
    readonly start_ns: readonly number[];
    readonly duration_ns: Numbers;
    readonly ttft_ns: Numbers;
    readonly span_type: readonly number[];
    readonly status: readonly number[];
    readonly name: readonly number[];
    readonly model: readonly number[];
    readonly agent: readonly number[];
    readonly prompt_tokens: Numbers;
    readonly completion_tokens: Numbers;
    readonly cost_nano_usd: Numbers;
    readonly children: readonly number[];
    readonly descendants: readonly number[];
  };
  readonly texts: readonly (string | null)[];
  readonly span_types: readonly (SpanType | null)[];
  readonly statuses: readonly (Status | null)[];
}

export const ID_DIGITS = 16;

/** Times are milliseconds since the trace's start; what is not known is NaN. */
export interface Spans {
  readonly count: number;
  /** 16 digits for each. */
  readonly ids: string;
  /** Row of the parent; -1 where there is none. */
  readonly parent: Int32Array;
  readonly depth: Uint16Array;
  /** First row behind the subtree. */
  readonly end: Int32Array;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly ttft: Float64Array;
  readonly type: readonly SpanType[];
  readonly status: readonly Status[];
  readonly name: readonly string[];
  readonly model: readonly (string | null)[];
  readonly agent: readonly (string | null)[];
  readonly tokens: Float64Array;
  readonly cost: Float64Array;
  /** Children and descendants that the trace has, here or not. */
  readonly children: Int32Array;
  readonly descendants: Int32Array;
  /** Of the subtree. What a span reports for its children counts once. */
  readonly subtreeCost: Float64Array;
  readonly subtreeErrors: Int32Array;
}

function floats(values: Numbers, factor: number): Float64Array {
  return Float64Array.from(values, (value) => (value === null ? NaN : value * factor));
}

function add(a: number, b: number): number {
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : a + b;
}

function shapeOf(parents: readonly number[]) {
  const count = parents.length;
  // A parent comes before its children; what says otherwise is no tree.
  const parent = Int32Array.from(parents, (at, row) => (at < row ? at : -1));
  const depth = new Uint16Array(count);
  const end = Int32Array.from(parent, (_, row) => row + 1);
  for (let row = 0; row < count; row++) if (parent[row]! >= 0) depth[row] = depth[parent[row]!]! + 1;
  for (let row = count - 1; row >= 0; row--)
    if (parent[row]! >= 0) end[parent[row]!] = Math.max(end[parent[row]!]!, end[row]!);
  return { parent, depth, end };
}

export function spansOf({ columns, texts, span_types, statuses }: Skeleton): Spans {
  const { parent, depth, end } = shapeOf(columns.parent);
  const count = columns.parent.length;
  const input = floats(columns.prompt_tokens, 1);
  const output = floats(columns.completion_tokens, 1);
  const cost = floats(columns.cost_nano_usd, 1e-9);
  const status = columns.status.map((code) => statuses[code] ?? 'unknown');
  const below = new Float64Array(count).fill(NaN);
  const subtreeCost = new Float64Array(count);
  const subtreeErrors = Int32Array.from(status, (one) => (one === 'error' ? 1 : 0));
  for (let row = count - 1; row >= 0; row--) {
    const own = cost[row]!;
    const all = own > below[row]! || Number.isNaN(below[row]!) ? own : below[row]!;
    subtreeCost[row] = all;
    const up = parent[row]!;
    if (up < 0) continue;
    below[up] = add(below[up]!, all);
    subtreeErrors[up]! += subtreeErrors[row]!;
  }
  return {
    count,
    ids: columns.span_id,
    parent,
    depth,
    end,
    start: floats(columns.start_ns, 1e-6),
    duration: floats(columns.duration_ns, 1e-6),
    ttft: floats(columns.ttft_ns, 1e-6),
    type: columns.span_type.map((code) => span_types[code] ?? 'chain'),
    status,
    name: columns.name.map((code) => texts[code] ?? ''),
    model: columns.model.map((code) => texts[code] ?? null),
    agent: columns.agent.map((code) => texts[code] ?? null),
    tokens: input.map((value, row) => add(value, output[row]!)),
    cost,
    children: Int32Array.from(columns.children),
    descendants: Int32Array.from(columns.descendants),
    subtreeCost,
    subtreeErrors,
  };
}

/** The skeleton with a window of children of one of its spans put where they belong: behind those that
 * are there already. */
export function withChildren(skeleton: Skeleton, parent: number, window: Skeleton): Skeleton {
  const { end } = shapeOf(skeleton.columns.parent);
  const at = end[parent] ?? skeleton.spans;
  const texts = [...skeleton.texts];
  const codes = new Map(texts.map((text, code) => [text, code]));
  const codeOf = (text: string | null) => {
    const known = codes.get(text);
    if (known !== undefined) return known;
    codes.set(text, texts.length);
    return texts.push(text) - 1;
  };
  const renamed = (key: 'name' | 'model' | 'agent') =>
    window.columns[key].map((code) => codeOf(window.texts[code] ?? null));
  const shifted = skeleton.columns.parent.map((one) => (one >= at ? one + window.spans : one));
  const put = <T>(old: readonly T[], added: readonly T[]) => [
    ...old.slice(0, at),
    ...added,
    ...old.slice(at),
  ];
  const { span_id: ids, ...lists } = skeleton.columns;
  const columns = Object.fromEntries(
    Object.entries(lists).map(([key, old]) => [
      key,
      put<unknown>(old, window.columns[key as keyof typeof lists]),
    ]),
  ) as unknown as typeof lists;
  return {
    ...skeleton,
    spans: skeleton.spans + window.spans,
    texts,
    columns: {
      ...columns,
      span_id: ids.slice(0, at * ID_DIGITS) + window.columns.span_id + ids.slice(at * ID_DIGITS),
      parent: put(
        shifted,
        window.columns.parent.map(() => parent),
      ),
      name: put(skeleton.columns.name, renamed('name')),
      model: put(skeleton.columns.model, renamed('model')),
      agent: put(skeleton.columns.agent, renamed('agent')),
    },
  };
}

export function idOf(spans: Spans, row: number): string {
  return spans.ids.slice(row * ID_DIGITS, (row + 1) * ID_DIGITS);
}

/** -1: there is none. */
export function rowOf(spans: Spans, id: string): number {
  if (id.length !== ID_DIGITS) return -1;
  for (let at = spans.ids.indexOf(id); at >= 0; at = spans.ids.indexOf(id, at + 1))
    if (at % ID_DIGITS === 0) return at / ID_DIGITS;
  return -1;
}

/** When a span ended, or now. */
export function endTime(spans: Spans, row: number, now: number): number {
  const duration = spans.duration[row]!;
  return Number.isNaN(duration) ? Math.max(now, spans.start[row]!) : spans.start[row]! + duration;
}

/** Direct children that are here. */
export function childRows(spans: Spans, row: number): number[] {
  const kids: number[] = [];
  for (let kid = row + 1; kid < spans.end[row]!; kid = spans.end[kid]!) kids.push(kid);
  return kids;
}

/** Null where it is not known. */
export function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
