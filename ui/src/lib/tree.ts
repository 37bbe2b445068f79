/** The tree of a trace as arrays: no object for a span, no recursion, whatever the shape. */

/** What is asked of a span. */
export interface Node {
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly start_time: number;
  readonly duration_ms: number | null;
}

export interface Tree {
  /** Rows in preorder, siblings by start: index of the span in what was given. */
  readonly spanAt: Int32Array;
  /** Of a row: levels below a root. */
  readonly depth: Uint16Array;
  /** Of a row: first row behind its subtree. */
  readonly end: Int32Array;
  /** Of a row: the row of its parent; -1 for a root. */
  readonly parent: Int32Array;
  /** Rows whose parent is named but not here, or which hung in a circle. */
  readonly orphan: ReadonlySet<number>;
}

/** Children of each span, in the order of `before`, as one list with offsets. */
function childLists(parentOf: Int32Array, order: Int32Array): { first: Int32Array; kids: Int32Array } {
  const first = new Int32Array(parentOf.length + 1);
  for (const parent of parentOf) if (parent >= 0) first[parent + 1]!++;
  for (let i = 0; i < parentOf.length; i++) first[i + 1]! += first[i]!;
  const next = first.slice();
  const kids = new Int32Array(first[parentOf.length] ?? 0);
  for (const span of order) {
    const parent = parentOf[span]!;
    if (parent >= 0) kids[next[parent]!++] = span;
  }
  return { first, kids };
}

export function treeOf(spans: readonly Node[]): Tree {
  const count = spans.length;
  const byId = new Map(spans.map((span, index) => [span.span_id, index]));
  const parentOf = Int32Array.from(spans, (span) =>
    span.parent_span_id ? (byId.get(span.parent_span_id) ?? -1) : -1,
  );
  const order = Int32Array.from(spans.keys()).sort((a, b) => {
    const x = spans[a]!;
    const y = spans[b]!;
    return x.start_time - y.start_time || (x.span_id < y.span_id ? -1 : 1);
  });
  const { first, kids } = childLists(parentOf, order);

  const tree = {
    spanAt: new Int32Array(count),
    depth: new Uint16Array(count),
    end: new Int32Array(count),
    parent: new Int32Array(count),
  };
  const orphan = new Set<number>();
  const placed = new Uint8Array(count);
  let row = 0;
  const walk = (root: number) => {
    const stack: { span: number; parentRow: number; depth: number }[] = [
      { span: root, parentRow: -1, depth: 0 },
    ];
    for (let top = stack.pop(); top; top = stack.pop()) {
      if (placed[top.span]) continue;
      placed[top.span] = 1;
      tree.spanAt[row] = top.span;
      tree.depth[row] = top.depth;
      tree.parent[row] = top.parentRow;
      for (let i = first[top.span + 1]! - 1; i >= first[top.span]!; i--)
        stack.push({ span: kids[i]!, parentRow: row, depth: top.depth + 1 });
      row++;
    }
  };
  for (const span of order)
    if (parentOf[span]! < 0) {
      if (spans[span]!.parent_span_id) orphan.add(row);
      walk(span);
    }
  // What is left hangs in a circle: it is cut at its earliest span.
  for (const span of order)
    if (!placed[span]) {
      orphan.add(row);
      walk(span);
    }
  for (let i = count - 1; i >= 0; i--) {
    if (tree.end[i] === 0) tree.end[i] = i + 1;
    const parent = tree.parent[i]!;
    if (parent >= 0) tree.end[parent] = Math.max(tree.end[parent]!, tree.end[i]!);
  }
  return { ...tree, orphan };
}

/** The rows that are seen when some are closed. */
export function openRows(tree: Tree, closed: ReadonlySet<number>): Int32Array {
  const rows = new Int32Array(tree.spanAt.length);
  let count = 0;
  for (let row = 0; row < tree.spanAt.length;) {
    rows[count++] = row;
    row = closed.has(row) ? tree.end[row]! : row + 1;
  }
  return rows.subarray(0, count);
}

/** Rows that the trace's end waited for: from the end of a root back, always the child that ended last. */
export function criticalRows(tree: Tree, spans: readonly Node[], now: number): ReadonlySet<number> {
  const startOf = (row: number) => spans[tree.spanAt[row]!]!.start_time;
  const endOf = (row: number) => {
    const span = spans[tree.spanAt[row]!]!;
    return span.duration_ms === null ? now : span.start_time + span.duration_ms / 1000;
  };
  const critical = new Set<number>();
  const stack: { row: number; until: number }[] = [];
  for (let row = 0; row < tree.spanAt.length; row = tree.end[row]!) stack.push({ row, until: endOf(row) });
  for (let top = stack.pop(); top; top = stack.pop()) {
    critical.add(top.row);
    const kids: number[] = [];
    for (let kid = top.row + 1; kid < tree.end[top.row]!; kid = tree.end[kid]!) kids.push(kid);
    kids.sort((a, b) => endOf(b) - endOf(a));
    let until = top.until;
    for (const kid of kids) {
      const end = Math.min(endOf(kid), top.until);
      if (end > until || startOf(kid) >= until) continue;
      stack.push({ row: kid, until: end });
      until = startOf(kid);
    }
  }
  return critical;
}
