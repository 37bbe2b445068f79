/** A picture of every page, in build/screenshots: light and dark at 1440 x 900, and on a telephone. With
 * PICTURES=1 the few that the documentation shows, in docs/pictures. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { launch, visit } from './browser';
import { Daemon } from './store';

const root = join(import.meta.dirname, '../..');
const forDocs = process.env['PICTURES'] === '1';
const out = join(root, forDocs ? 'docs/pictures' : 'build/screenshots');
const only = forDocs ? 'traces,trace,conversation,alerts' : process.env['ONLY'];

const docsLooks = [['', { colorScheme: 'light', viewport: { width: 1280, height: 760 } }]] as const;
const allLooks = [
  ['light', { colorScheme: 'light', viewport: { width: 1440, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1440, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
] as const;
const looks = forDocs ? docsLooks : allLooks;

interface Shot {
  readonly name: string;
  readonly path: (daemon: Daemon) => Promise<string> | string;
  readonly ready: string;
  readonly then?: (page: Page) => Promise<void>;
  /** Which daemon; without it that of the demo. */
  readonly on?: 'empty' | 'locked';
}

async function trace(daemon: Daemon, q: string): Promise<string> {
  return `/ui/traces/${await daemon.largest(q)}`;
}

/** Two runs of the same agent that went different ways, to compare. */
async function siblings(daemon: Daemon): Promise<string> {
  const q = encodeURIComponent('trace.name = support-agent');
  const answer = await fetch(`${daemon.url}/traces?limit=1000&sort=-spans&q=${q}`);
  const { traces } = (await answer.json()) as {
    traces: { trace_id: string; span_count: number; model: string }[];
  };
  const a = traces[0];
  const b = traces.find((one) => one.model === a?.model && one.span_count < a.span_count);
  const diff = await fetch(`${daemon.url}/traces/${a?.trace_id ?? ''}/diff/${b?.trace_id ?? ''}`);
  const { pairs } = (await diff.json()) as {
    pairs: { span_type: string; a: object | null; b: object | null }[];
  };
  const call = pairs.findIndex((pair) => pair.span_type === 'llm' && pair.a && pair.b);
  return `/ui/compare?a=${a?.trace_id ?? ''}&b=${b?.trace_id ?? ''}&pair=${call}`;
}

/** Agents at work while the page is open. */
async function work(page: Page): Promise<void> {
  const agents = Array.from({ length: 6 }, (_, at) => daemon.runAgent(20 + at * 30));
  await Promise.all(agents.map((agent) => new Promise((resolve) => agent.once('exit', resolve))));
  await page.locator('.live-row').nth(20).waitFor();
}

const shots: readonly Shot[] = [
  { name: 'traces', path: () => '/ui/traces', ready: '.rows .row' },
  {
    name: 'trace',
    path: (d) => trace(d, 'type = llm'),
    ready: '.inspector .payload',
    then: (page) => page.getByRole('row', { name: /^llm/ }).first().click(),
  },
  {
    name: 'trace-graph',
    path: async (d) => `${await trace(d, 'type = llm')}?view=dag`,
    ready: '.dag-node',
  },
  {
    name: 'trace-flame',
    path: async (d) => `${await trace(d, 'type = llm')}?view=flame`,
    ready: '.flame canvas',
  },
  { name: 'trace-log', path: async (d) => `${await trace(d, 'type = llm')}?view=log`, ready: '.log-row' },
  {
    name: 'trace-costs',
    path: async (d) => `${await trace(d, 'type = llm')}?view=costs`,
    ready: '.breakdown td',
  },
  {
    name: 'conversation',
    path: async (d) => `${await trace(d, 'type = llm')}?view=conversation&call=24`,
    ready: '.call-facts',
  },
  {
    name: 'compare',
    path: (d) => siblings(d),
    ready: '.pair-detail .payload',
  },
  { name: 'prompts', path: () => '/ui/prompts', ready: '.grid td' },
  { name: 'prompt', path: () => '/ui/prompts/support', ready: '.template' },
  { name: 'prompt-ab', path: () => '/ui/prompts/support?tab=ab', ready: '.ab td' },
  { name: 'query', path: () => '/ui/analytics/query', ready: '.u-over' },
  { name: 'alerts', path: () => '/ui/alerts', ready: '.alert[open] .u-over' },
  { name: 'store', path: () => '/ui/store', ready: '.grid td' },
  { name: 'sessions', path: () => '/ui/sessions', ready: '.grid td' },
  { name: 'session', path: () => '/ui/sessions/support-118?turn=2', ready: '.turn.current' },
  { name: 'first-trace', path: () => '/ui/traces', ready: '.empty pre', on: 'empty' },
  { name: 'login', path: () => '/ui/traces', ready: 'form', on: 'locked' },
  { name: 'analytics', path: () => '/ui/analytics', ready: '.grid td' },
  { name: 'live', path: () => '/ui/live', ready: '.live-state.live', then: work },
];

let daemon: Daemon;
let others: Readonly<Record<NonNullable<Shot['on']>, Daemon>>;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(out, { recursive: true });
  daemon = await Daemon.start({ alerts: Daemon.rules });
  others = {
    empty: await Daemon.start({ empty: true }),
    locked: await Daemon.start({ empty: true, token: true }),
  };
  await daemon.usePrompt('support', 60);
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  for (const one of [daemon, ...Object.values(others)]) await one.stop();
});

describe('screenshots', () => {
  for (const shot of shots.filter((one) => !only || only.split(',').includes(one.name)))
    for (const [look, options] of looks)
      it(`${shot.name} ${look}`, async () => {
        const on = shot.on ? others[shot.on] : daemon;
        const { page } = await visit(browser, on.url + (await shot.path(on)), options);
        await page.locator(shot.ready).first().waitFor();
        await shot.then?.(page);
        await page.waitForTimeout(500);
        await page.screenshot({ path: join(out, `${[shot.name, look].filter(Boolean).join('-')}.png`) });
        await page.context().close();
      });
});
