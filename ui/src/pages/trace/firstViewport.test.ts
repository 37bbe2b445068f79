import { describe, expect, it } from 'vitest';
import { firstViewport, READABLE, type Viewport } from './firstViewport';

const node = { width: 184, height: 44 };
const box = { width: 800, height: 600 };

function shown({ x, y, zoom }: Viewport, at: readonly [number, number]) {
  return { left: at[0] * zoom + x, top: at[1] * zoom + y };
}

describe('the first look at a graph', () => {
  it('shows a small one whole, in the middle, not larger than life', () => {
    const view = firstViewport(Float64Array.of(0, 0, 232, 0), node, box);
    expect(view.zoom).toBe(1);
    const { left } = shown(view, [0, 0]);
    const right = shown(view, [232 + node.width, 0]).left;
    expect(left).toBeCloseTo(box.width - right, 6);
    expect(shown(view, [0, node.height / 2]).top).toBeCloseTo(box.height / 2, 6);
  });

  it('shrinks one that almost fits', () => {
    const view = firstViewport(Float64Array.of(0, 0, 650, 0), node, box);
    expect(view.zoom).toBeLessThan(1);
    expect(shown(view, [650 + node.width, 0]).left).toBeLessThanOrEqual(box.width);
  });

  it('shows the beginning of a long one, large enough to read', () => {
    const places = Float64Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? at * 116 : 300));
    const view = firstViewport(places, node, box);
    expect(view.zoom).toBe(READABLE);
    const { left, top } = shown(view, [0, 300]);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(box.width / 4);
    expect(top).toBeGreaterThan(0);
    expect(top).toBeLessThan(box.height);
  });
});
