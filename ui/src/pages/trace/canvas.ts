/** What all drawings share. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** A colour of the theme by its name: "--text-1". */
export type Ink = (name: string) => string;

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const seen = new Map<string, string>();
  return (name) => {
    let color = seen.get(name);
    if (color === undefined) seen.set(name, (color = style.getPropertyValue(name)));
    return color;
  };
}

/** The context of an empty canvas of a size in CSS pixels, sharp on any screen. */
export function startDrawing(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  const context = canvas.getContext('2d');
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/** Draws before the next frame, once however often the page renders until then. What it returns asks for a
 * drawing when nothing is rendered. */
export function useDrawing(draw: () => void): () => void {
  const latest = useRef(draw);
  const frame = useRef(0);
  const ask = useCallback(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      latest.current();
    });
  }, []);
  useEffect(() => {
    latest.current = draw;
    ask();
  });
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
    },
    [],
  );
  return ask;
}

/** Width and height of an element, as they are now. */
export function useSize(ref: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [ref]);
  return size;
}
