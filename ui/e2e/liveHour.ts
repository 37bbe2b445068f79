/** A live page under 1,000 spans a second for long, told as fast as it takes them. */
import type { Browser } from 'playwright-core';

const PER_SECOND = 1000;
const BATCH = 250;

function spanOf(n: number) {
  const digits = n.toString(16).padStart(16, '0');
  const start = 1_795_000_000 + n / PER_SECOND;
  return {
    trace_id: digits.padStart(32, 'a'),
    span_id: digits,
    parent_span_id: null,
    span_type: 'llm',
    status: n % 50 === 0 ? 'error' : 'success',
    name: `chat model ${n}`,
    service: 'bench',
    model: 'gpt-4o-mini',
    agent: `agent ${n % 20}`,
    start_time: start,
    start_time_unix_nano: String(start * 1e9),
    end_time: start + 1,
    duration_ms: 1000,
    usage: { prompt_tokens: 900, completion_tokens: 90, total_tokens: 990, total_cost: 0.001 },
    attributes: { step: n },
    links: [],
    events: [],
    scores: [],
  };
}

/** Megabytes that the page's script holds after that, with nothing left to collect. */
export async function liveHour(browser: Browser, url: string, seconds: number): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  let tell: ((text: string) => void) | undefined;
  await page.routeWebSocket(/\/ws$/, (socket) => {
    tell = (text) => {
      socket.send(text);
    };
    socket.send(JSON.stringify({ type: 'batch', items: [], cursor: '0' }));
  });
  await page.goto(url);
  await page.locator('.live-state.live').waitFor();
  for (let n = 0; n < seconds * PER_SECOND; n += BATCH) {
    const items = Array.from({ length: BATCH }, (_, at) => ({ type: 'span', span: spanOf(n + at) }));
    tell!(JSON.stringify({ type: 'batch', items, cursor: String(n) }));
    // The page draws in between, as it would.
    if (n % (PER_SECOND * 10) === 0) await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  await page.getByText(`chat model ${seconds * PER_SECOND - 1}`, { exact: true }).waitFor();
  const session = await context.newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await context.close();
  return usedSize / 1e6;
}
