/** The graph of a trace: who called whom, and what came after what. */
import type { Fold } from '../../lib/folds';
import { endTime, known, type Spans } from '../../lib/spans';
import type { SpanType } from '../../lib/types';

export const NODES_MAX = 500;

/** Clocks of two services may differ by so much. */
const SKEW_MS = 1;

const shownTypes: ReadonlySet<SpanType> = new Set<SpanType>([
  'agent',
  'llm',
  'tool',
  'retrieval',
  'guardrail',
  'handoff',
  'memory',
]);

export interface DagNode {
  readonly row: number;
  /** Spans that it stands for, itself included. */
  readonly spans: number;
  /** How often it was done, where steps that repeat are one. */
  readonly times: number;
  readonly errors: number;
  readonly duration: number | null;
  readonly cost: number | null;
  readonly running: boolean;
}

/** calls: it began the other; then: the other began when it had ended (by time, not by word of the agent);
 * handoff: another agent takes over; repeats: steps begin anew; link: spans say so themselves. */
export type EdgeKind = 'calls' | 'then' | 'handoff' | 'repeats' | 'link';

export interface DagEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  readonly label?: string;
}

export interface Dag {
  readonly nodes: readonly DagNode[];
  /** Between places in nodes. */
  readonly edges: readonly DagEdge[];
  /** Levels that were left out to stay within what can be drawn; null: none. */
  readonly cutBelow: number | null;
}

interface Standing {
  /** For each row: the row of the node that it is, or is part of. */
  readonly standsFor: Int32Array;
  readonly times: ReadonlyMap<number, number>;
  readonly repeats: readonly (readonly [from: number, to: number, times: number])[];
}

/** Which node each span is part of: types that are not shown, closed subtrees, levels too deep and later
 * iterations are part of a node above or before them. */
function standingOf(
  spans: Spans,
  folds: ReadonlyMap<number, Fold>,
  closed: ReadonlySet<number>,
  depthMax: number,
): Standing {
  const standsFor = new Int32Array(spans.count);
  const first = new Map<number, number>();
  const times = new Map<number, number>();
  for (const fold of folds.values())
    fold.members.forEach((member, at) => {
      if (at < fold.period) times.set(member, fold.times);
      else first.set(member, fold.members[at % fold.period]!);
    });
  const absorbs = new Uint8Array(spans.count);
  for (let row = 0; row < spans.count; row++) {
    const parent = spans.parent[row]!;
    const early = first.get(row);
    if (parent >= 0 && absorbs[parent]) {
      absorbs[row] = 1;
      standsFor[row] = standsFor[parent]!;
    } else if (early !== undefined) {
      absorbs[row] = 1;
      standsFor[row] = standsFor[early]!;
    } else {
      const stays = shownTypes.has(spans.type[row]!) || times.has(row);
      const hidden = parent >= 0 && (!stays || spans.depth[row]! > depthMax);
      standsFor[row] = hidden ? standsFor[parent]! : row;
      absorbs[row] = Number(closed.has(row) || spans.depth[row]! > depthMax);
    }
  }
  const repeats = [...folds.values()].flatMap((fold) => {
    const from = standsFor[fold.members[fold.period - 1]!]!;
    const to = standsFor[fold.members[0]!]!;
    const inSight = from === fold.members[fold.period - 1] && to === fold.members[0];
    // A single step that repeats says so by its count.
    return inSight && from !== to ? [[from, to, fold.times] as const] : [];
  });
  return { standsFor, times, repeats };
}

function countNodes(standsFor: Int32Array): number {
  return standsFor.reduce((sum, one, row) => sum + Number(one === row), 0);
}

/** The deepest level down to which all nodes fit. */
function fitting(
  spans: Spans,
  folds: ReadonlyMap<number, Fold>,
  closed: ReadonlySet<number>,
): { standing: Standing; cutBelow: number | null } {
  const deepest = spans.depth.reduce((most, depth) => Math.max(most, depth), 0);
  const whole = standingOf(spans, folds, closed, deepest);
  if (countNodes(whole.standsFor) <= NODES_MAX) return { standing: whole, cutBelow: null };
  let low = 0;
  let high = deepest;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (countNodes(standingOf(spans, folds, closed, middle).standsFor) <= NODES_MAX) low = middle;
    else high = middle - 1;
  }
  return { standing: standingOf(spans, folds, closed, low), cutBelow: low };
}

/** For each of some spans in the order of their start, those that directly came before it: they had ended
 * when it began, and nothing lies in between. This is the transitive reduction of "ended before", so work
 * side by side forks and joins. */
export function predecessors(starts: readonly number[], ends: readonly number[]): number[][] {
  const byEnd = starts.map((_, at) => at).sort((a, b) => ends[a]! - ends[b]!);
  const before: number[][] = [];
  let ended = 0;
  let latest = -1;
  for (let at = 0; at < starts.length; at++) {
    while (ended < byEnd.length && ends[byEnd[ended]!]! <= starts[at]! + SKEW_MS) {
      const one = byEnd[ended++]!;
      if (latest < 0 || starts[one]! > starts[latest]!) latest = one;
    }
    const direct: number[] = [];
    for (let back = ended - 1; back >= 0 && latest >= 0; back--) {
      const one = byEnd[back]!;
      if (one !== latest && ends[one]! <= starts[latest]! + SKEW_MS) break;
      if (one < at) direct.push(one);
    }
    if (latest >= 0 && latest < at && !direct.includes(latest)) direct.push(latest);
    before.push(direct);
  }
  return before;
}

/** The nodes right below a node, by start. */
function kidsOf(spans: Spans, standsFor: Int32Array): Map<number, number[]> {
  const kids = new Map<number, number[]>();
  for (let row = 0; row < spans.count; row++) {
    if (standsFor[row] !== row) continue;
    const parent = spans.parent[row]! < 0 ? -1 : standsFor[spans.parent[row]!]!;
    const list = kids.get(parent);
    if (list) list.push(row);
    else kids.set(parent, [row]);
  }
  for (const list of kids.values()) list.sort((a, b) => spans.start[a]! - spans.start[b]! || a - b);
  return kids;
}

function nodeOf(spans: Spans, row: number, rows: readonly number[], times: number): DagNode {
  let duration = 0;
  let cost: number | null = null;
  let errors = 0;
  for (const one of rows) {
    if (spans.status[one] === 'error') errors++;
    if (spans.parent[one] === spans.parent[row]) duration += known(spans.duration[one]) ?? 0;
    const own = known(spans.cost[one]);
    if (own !== null) cost = (cost ?? 0) + own;
  }
  const running = spans.status[row] === 'running';
  return { row, spans: rows.length, times, errors, duration: running ? null : duration, cost, running };
}

export function dagOf(
  spans: Spans,
  folds: ReadonlyMap<number, Fold>,
  closed: ReadonlySet<number>,
  now: number,
): Dag {
  const { standing, cutBelow } = fitting(spans, folds, closed);
  const { standsFor, times, repeats } = standing;
  const members = new Map<number, number[]>();
  for (let row = 0; row < spans.count; row++) {
    const list = members.get(standsFor[row]!);
    if (list) list.push(row);
    else members.set(standsFor[row]!, [row]);
  }
  const rows = [...members.keys()].sort((a, b) => a - b);
  const placeOf = new Map(rows.map((row, place) => [row, place]));
  const nodes = rows.map((row) => nodeOf(spans, row, members.get(row)!, times.get(row) ?? 1));
  const edges: DagEdge[] = [];
  const join = (from: number, to: number, kind: EdgeKind) => {
    const agents = [spans.agent[from], spans.agent[to]];
    const handsOver = agents[0] && agents[1] && agents[0] !== agents[1];
    edges.push({ from: placeOf.get(from)!, to: placeOf.get(to)!, kind: handsOver ? 'handoff' : kind });
  };
  for (const [parent, kids] of kidsOf(spans, standsFor)) {
    const before = predecessors(
      kids.map((row) => spans.start[row]!),
      kids.map((row) => endTime(spans, row, now)),
    );
    kids.forEach((kid, at) => {
      if (before[at]!.length === 0 && parent >= 0) join(parent, kid, 'calls');
      for (const one of before[at]!) join(kids[one]!, kid, 'then');
    });
  }
  for (const [from, to, count] of repeats)
    edges.push({ from: placeOf.get(from)!, to: placeOf.get(to)!, kind: 'repeats', label: `×${count}` });
  return { nodes, edges, cutBelow };
}

/** Edges that spans state themselves, as far as both are nodes. */
export function linkEdges(
  dag: Dag,
  links: readonly { readonly from: number; readonly to: number }[],
): DagEdge[] {
  const placeOf = new Map(dag.nodes.map((node, place) => [node.row, place]));
  return links.flatMap(({ from, to }) => {
    const [a, b] = [placeOf.get(from), placeOf.get(to)];
    return a === undefined || b === undefined ? [] : [{ from: a, to: b, kind: 'link' as const }];
  });
}
