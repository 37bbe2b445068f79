import { describe, expect, it } from 'vitest';
import { criticalRows, openRows, treeOf, type Node } from './tree';

function node(id: string, parent: string | null, start: number, seconds: number | null): Node {
  return {
    span_id: id,
    parent_span_id: parent,
    start_time: start,
    duration_ms: seconds === null ? null : seconds * 1000,
  };
}

function names(spans: readonly Node[]): string[] {
  const tree = treeOf(spans);
  return [...tree.spanAt].map((span, row) => '.'.repeat(tree.depth[row]!) + spans[span]!.span_id);
}

describe('the tree of a trace', () => {
  it('has a parent before its children, siblings by start', () => {
    const spans = [node('b', 'a', 3, 1), node('d', 'c', 2, 1), node('a', null, 0, 5), node('c', 'a', 1, 2)];
    expect(names(spans)).toEqual(['a', '.c', '..d', '.b']);
  });

  it('shows spans whose parent is missing, and cuts circles', () => {
    const spans = [
      node('a', null, 0, 5),
      node('x', 'gone', 1, 1),
      node('p', 'q', 2, 1),
      node('q', 'p', 3, 1),
    ];
    expect(names(spans)).toEqual(['a', 'x', 'p', '.q']);
    expect([...treeOf(spans).orphan]).toEqual([1, 2]);
  });

  it('holds a chain of any depth', () => {
    const spans = Array.from({ length: 50_000 }, (_, i) => node(String(i), i ? String(i - 1) : null, i, 1));
    const tree = treeOf(spans);
    expect(tree.end[0]).toBe(50_000);
    expect(tree.parent[49_999]).toBe(49_998);
  });

  it('leaves out what is closed', () => {
    const spans = [node('a', null, 0, 9), node('b', 'a', 1, 1), node('c', 'b', 1, 1), node('d', 'a', 3, 1)];
    expect([...openRows(treeOf(spans), new Set([1]))]).toEqual([0, 1, 3]);
  });

  it('knows what the end waited for', () => {
    const spans = [
      node('root', null, 0, 10),
      node('early', 'root', 0, 4),
      node('beside', 'root', 1, 2),
      node('late', 'root', 4, 6),
    ];
    const tree = treeOf(spans);
    const critical = [...criticalRows(tree, spans, 10)].map((row) => spans[tree.spanAt[row]!]!.span_id);
    expect(critical.sort()).toEqual(['early', 'late', 'root']);
  });
});
