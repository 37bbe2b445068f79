import { describe, expect, it } from 'vitest';
import { criticalPath } from './critical';
import { foldsAround, foldsOf, foldTitle, itemsOf } from './folds';
import { skeletonOf } from './skeletonOf';
import { idOf, rowOf, spansOf, withChildren } from './spans';

const none: ReadonlySet<number> = new Set();

describe('the spans of a trace', () => {
  it('know their depth and where their subtree ends', () => {
    const spans = spansOf(
      skeletonOf([
        { name: 'a' },
        { name: 'b', parent: 0 },
        { name: 'c', parent: 1 },
        { name: 'd', parent: 0 },
      ]),
    );
    expect([...spans.depth]).toEqual([0, 1, 2, 1]);
    expect([...spans.end]).toEqual([4, 3, 3, 4]);
  });

  it('hold a chain of any depth', () => {
    const spans = spansOf(
      skeletonOf(Array.from({ length: 3000 }, (_, row) => ({ name: 'deeper', parent: row - 1 }))),
    );
    expect(spans.end[0]).toBe(3000);
    expect(spans.depth[2999]).toBe(2999);
  });

  it('are found by id, and by nothing that only looks like one', () => {
    const spans = spansOf(skeletonOf([{ name: 'a' }, { name: 'b' }]));
    expect(rowOf(spans, idOf(spans, 1))).toBe(1);
    expect(rowOf(spans, spans.ids.slice(8, 24))).toBe(-1);
  });

  it('count a cost once that a parent repeats', () => {
    const spans = spansOf(
      skeletonOf([
        { name: 'agent', cost: 3 },
        { name: 'x', parent: 0, cost: 1 },
        { name: 'y', parent: 0, cost: 2 },
      ]),
    );
    expect(spans.subtreeCost[0]).toBeCloseTo(3);
  });

  it('take in children that come later', () => {
    const whole = skeletonOf([{ name: 'a' }, { name: 'b', parent: 0 }, { name: 'z' }]);
    const window = skeletonOf([{ name: 'late' }, { name: 'b' }]);
    const spans = spansOf(withChildren(whole, 0, window));
    expect(spans.name).toEqual(['a', 'b', 'late', 'b', 'z']);
    expect([...spans.parent]).toEqual([-1, 0, 0, 0, -1]);
  });
});

describe('the critical path', () => {
  it('is what the end waited for', () => {
    const spans = spansOf(
      skeletonOf([
        { name: 'root', duration: 10, type: 'agent' },
        { name: 'early', parent: 0, start: 0, duration: 4, type: 'llm' },
        { name: 'beside', parent: 0, start: 1, duration: 2 },
        { name: 'late', parent: 0, start: 4, duration: 6, type: 'tool' },
      ]),
    );
    const { on, byType } = criticalPath(spans, 10);
    expect([...on]).toEqual([1, 1, 0, 1]);
    expect(byType.get('llm')).toBeCloseTo(4);
    expect(byType.get('tool')).toBeCloseTo(6);
  });
});

describe('steps that repeat', () => {
  const loop = [
    { name: 'agent' },
    ...Array.from({ length: 10 }, (_, i) => ({ name: i % 2 ? 'search' : `ask ${i}`, parent: 0 })),
    { name: 'answer', parent: 0 },
  ];

  it('are one item with a count, and open again', () => {
    const spans = spansOf(skeletonOf(loop));
    const folds = foldsOf(spans);
    expect([...itemsOf(spans, folds, none, none)]).toEqual([0, -2, 11]);
    expect(foldTitle(spans, folds.get(1)!)).toBe('ask # → search');
    expect(folds.get(1)!.times).toBe(5);
    expect(itemsOf(spans, folds, none, new Set([1])).length).toBe(13);
    expect(foldsAround(spans, folds, 4)).toEqual([1]);
  });

  it('stay apart where one failed', () => {
    const failed = loop.map((span, row) => (row === 5 ? { ...span, status: 'error' as const } : span));
    const spans = spansOf(skeletonOf(failed));
    expect([...itemsOf(spans, foldsOf(spans), none, none)]).toContain(5);
  });

  it('are not seen in a closed subtree', () => {
    const spans = spansOf(skeletonOf(loop));
    expect([...itemsOf(spans, foldsOf(spans), new Set([0]), none)]).toEqual([0]);
  });
});
