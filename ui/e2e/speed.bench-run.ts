/** How fast the dashboard is on a large store, each figure beside its target: make bench-ui. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { launch, visit } from './browser';
import { liveHour } from './liveHour';
import { largeTrace, graphTrace } from './madeTraces';
import { build, Daemon } from './store';

const SPANS = Number(process.env['SPANS'] ?? 3.2e7);
const LARGE_SPANS = Number(process.env['LARGE_SPANS'] ?? 50_000);
const LIVE_S = Number(process.env['LIVE_S'] ?? 3600);
const SLICES = 8;
const SLICE_DAYS = 4;
const RUNS = 5;
const SCROLL_MS = 3000;
const data = join(import.meta.dirname, '../../build/bench-data', `ui-${SPANS}`);

const run = promisify(execFile); // the runner's own messages go on meanwhile

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** A line of the report; `most`: what it may be, or `least`. */
function report(name: string, value: number, unit: string, target: { most?: number; least?: number }): void {
  const { most, least } = target;
  const holds = (most === undefined || value <= most) && (least === undefined || value >= least);
  const limit = most === undefined ? `>= ${least ?? ''}` : `<= ${most}`;
  const shown = value >= 100 ? value.toFixed(0) : value.toFixed(1);
  console.log(
    `${name.padEnd(56)}${shown.padStart(9)} ${unit.padEnd(7)}${limit.padStart(9)}  ${holds ? 'holds' : 'MISSED'}`,
  );
}

/** Milliseconds since the page was asked for until something is in it. */
async function seenAfter(browser: Browser, url: string, selector: string) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript((wanted) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector(wanted)) return;
      Object.assign(window, { seenAt: performance.now() });
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  }, selector);
  let script = 0;
  const bodies: Promise<void>[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('.js'))
      bodies.push(
        response.body().then((body) => {
          script += gzipSync(body, { level: 9 }).length;
        }),
      );
  });
  await page.goto(url);
  await page.waitForFunction(() => 'seenAt' in window);
  const [paint, seen] = await page.evaluate(() => [
    performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    (window as unknown as { seenAt: number }).seenAt,
  ]);
  await Promise.all(bodies);
  await context.close();
  return { paint, seen, scriptKb: script / 1024 };
}

/** Scrolls something and reports frames a second, the longest task of that time, and what a frame took of
 * the processor: that is the same however busy the machine is. */
async function reportScrolling(page: Page, name: string, selector: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busyMs = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find((one) => one.name === 'TaskDuration')?.value ?? NaN) * 1000;
  };
  const before = await busyMs();
  const { frames, seconds, longest } = await page.evaluate(
    async ({ wanted, lastsMs }) => {
      const element = document.querySelector(wanted)!;
      let longest = 0;
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration);
      });
      observer.observe({ type: 'longtask' });
      const began = performance.now();
      let frames = 0;
      while (performance.now() - began < lastsMs) {
        element.scrollTop += 40;
        await new Promise(requestAnimationFrame);
        frames++;
      }
      observer.disconnect();
      return { frames, seconds: (performance.now() - began) / 1000, longest };
    },
    { wanted: selector, lastsMs: SCROLL_MS },
  );
  report(`${name} scrolled`, frames / seconds, 'fps', { least: 50 });
  report('work of the page a frame', ((await busyMs()) - before) / frames, 'ms', { most: 8 });
  report('longest task meanwhile', longest, 'ms', { most: 100 });
}

/** Milliseconds from Enter in the filter box until the list shows what passes. */
async function filtered(page: Page, text: string): Promise<number> {
  const box = page.getByRole('combobox', { name: 'Filter' });
  const before = await page.getByRole('grid').getAttribute('aria-rowcount');
  await box.fill(text);
  return page.evaluate(
    ({ count }) =>
      new Promise<number>((resolve) => {
        const grid = document.querySelector('[role=grid]')!;
        const began = performance.now();
        new MutationObserver((_, observer) => {
          if (grid.getAttribute('aria-rowcount') === count || grid.classList.contains('stale')) return;
          observer.disconnect();
          resolve(performance.now() - began);
        }).observe(grid, { attributes: true });
        const input = document.querySelector('input[type=search]')!;
        input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      }),
    { count: before },
  );
}

/** On the large store, which stays as it is but for what one agent does. */
let daemon: Daemon;
let other: Daemon;
let browser: Browser;

/** Some days of spans at a time are made and compacted: so many bytes are there only once more than in the end. */
async function makeStore(): Promise<void> {
  const unfinished = `${data}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  for (let slice = 0; slice < SLICES; slice++) {
    const began = Date.now();
    const options = { spans: SPANS / SLICES, days: SLICE_DAYS, before: slice * SLICE_DAYS, seed: slice + 1 };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    await run(join(build, 'bench/generate'), ['--dir', unfinished, ...words]);
    await run(join(build, 'oat-compact'), [unfinished]);
    console.log(`store: ${slice + 1} of ${SLICES}, ${((Date.now() - began) / 1000).toFixed(0)} s`);
  }
  renameSync(unfinished, data);
}

beforeAll(async () => {
  if (!existsSync(data)) await makeStore();
  daemon = await Daemon.start({ there: data });
  other = await Daemon.start({ empty: true });
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  await other.stop();
  await daemon.stop();
});

describe('the dashboard', () => {
  it('is fast on a large store', async () => {
    const { traces, spans } = (await (await fetch(`${daemon.url}/stats`)).json()) as Record<string, number>;
    console.log(`\nstore of ${traces?.toLocaleString('en')} traces, ${spans?.toLocaleString('en')} spans`);
    const list = `${daemon.url}/ui/traces?range=all`;
    await seenAfter(browser, list, '.rows .row');
    const starts = [];
    for (let run = 0; run < RUNS; run++) starts.push(await seenAfter(browser, list, '.rows .row'));
    report('first contentful paint', median(starts.map((one) => one.paint)), 'ms', { most: 400 });
    report('list interactive', median(starts.map((one) => one.seen)), 'ms', { most: 800 });
    report('script of the first page, gzip', starts[0]!.scriptKb, 'KiB', { most: 250 });

    const { page } = await visit(browser, list);
    await page.locator('.rows .row').first().waitFor();
    const filters = ['trace.status = error', 'model = gpt-4o', 'cost > 0.1', 'tokens > 5000 and errors > 0'];
    const times = [];
    for (const filter of filters) times.push(await filtered(page, filter));
    report(`filter to result, median of ${times.length}`, median(times), 'ms', { most: 150 });
    report('filter to result, worst', Math.max(...times), 'ms', { most: 150 });
    await page.goto(list);
    await page.locator('.rows .row').first().waitFor();
    await reportScrolling(page, 'list', '.table');
    await page.context().close();
  });

  it('is smooth in a large trace', async () => {
    const id = await largeTrace(other, LARGE_SPANS);
    const { page } = await visit(browser, `${other.url}/ui/traces/${id}?folds=0`);
    await page.locator('[role=treegrid] [role=row]').first().waitFor();
    await page.waitForTimeout(1000);
    await reportScrolling(
      page,
      `waterfall of ${LARGE_SPANS.toLocaleString('en')} spans`,
      '.waterfall-scroll',
    );
    await page.context().close();
  });

  it('lays out a large graph', async () => {
    const id = await graphTrace(other, 500);
    const { page } = await visit(browser, `${other.url}/ui/traces/${id}?folds=0`);
    await page.locator('[role=treegrid] [role=row]').first().waitFor();
    const began = Date.now();
    await page.getByRole('tab', { name: 'Graph' }).click();
    await page.locator('.dag-node').first().waitFor();
    report('graph of 500 nodes laid out and shown', Date.now() - began, 'ms', { most: 1000 });
    await page.context().close();
  });

  it('shows what an agent does at once', async () => {
    const { page } = await visit(browser, `${daemon.url}/ui/live`);
    await page.locator('.live-state.live').waitFor();
    await page.evaluate(() => {
      const seen: Record<string, number> = {};
      Object.assign(window, { seen });
      new MutationObserver(() => {
        for (const link of document.querySelectorAll<HTMLAnchorElement>('.live-row a'))
          seen[link.href] ??= Date.now();
      }).observe(document.querySelector('.live-rows')!, { childList: true, subtree: true });
    });
    const agent = daemon.runAgent(300);
    await new Promise((resolve) => agent.once('exit', resolve));
    await page.waitForTimeout(1000);
    const seen = await page.evaluate(() => (window as unknown as { seen: Record<string, number> }).seen);
    const late = [];
    for (const [href, time] of Object.entries(seen)) {
      const [, trace, span] = /traces\/([^?]+)\?span=(.+)$/.exec(href) ?? [];
      const answer = await fetch(`${daemon.url}/spans/${span!}?trace_id=${trace!}`);
      const { end_time } = (await answer.json()) as { end_time: number };
      late.push(time - end_time * 1000);
    }
    report(`a span that ended is on the page, median of ${late.length}`, median(late), 'ms', { most: 250 });
    report('the latest', Math.max(...late), 'ms', { most: 250 });
    await page.context().close();
  });

  it('stays small in an hour of live spans', async () => {
    const heap = await liveHour(browser, `${daemon.url}/ui/live`, LIVE_S);
    report(`heap after ${LIVE_S} s of 1,000 spans a second`, heap, 'MB', { most: 250 });
  });
});
