/** What the tests of a file stand on: a daemon and a browser of their own, from the first until the last. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launch } from './browser';
import { Daemon } from './store';

export interface Stand {
  readonly daemon: Daemon;
  readonly browser: Browser;
}

/** Its members are there once the tests begin; `prepare` comes before them. */
export function stand(
  options: Parameters<typeof Daemon.start>[0] = {},
  prepare?: (daemon: Daemon) => Promise<void>,
): Stand {
  const on: { daemon?: Daemon; browser?: Browser } = {};
  beforeAll(async () => {
    on.daemon = await Daemon.start(options);
    on.browser = await launch();
    await prepare?.(on.daemon);
  });
  afterAll(async () => {
    await on.browser?.close();
    await on.daemon?.stop();
  });
  return on as Stand;
}

/** What would keep people with disabilities from using a page, or a part of it. */
export async function seriousFaults(page: Page, within?: string): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (within ? axe.include(within) : axe).analyze();
  return violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => `${one.id}: ${one.nodes[0]?.html ?? ''}`);
}
