/** Rules on a store that passes some of their thresholds. */
import { describe, expect, it } from 'vitest';
import { visit } from './browser';
import { seriousFaults, stand } from './stand';
import { Daemon } from './store';

const on = stand({ alerts: Daemon.rules });

describe('alerts', () => {
  it('that fire are marked on every page, and lead to their traces', async () => {
    const { page, complaints } = await visit(on.browser, `${on.daemon.url}/ui/sessions`);
    await page.locator('.rail-mark').waitFor();
    await page.getByRole('link', { name: /Alerts/ }).click();
    const rule = page.locator('.alert', { hasText: 'dear-models' });
    await rule.locator('.u-over').waitFor();
    await rule.getByText('sum:cost').first().waitFor();
    await rule.getByRole('link', { name: 'claude-3-5-sonnet-20241022' }).click();
    await page.waitForURL(/traces\?range=-1d&q=.*claude/);
    await page.locator('.rows .row').first().waitFor();
    expect(complaints).toEqual([]);
  });

  it('are chosen by their state, which stays in the address', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/alerts`);
    await page
      .getByRole('group', { name: 'State' })
      .getByRole('button', { name: /pending/ })
      .click();
    await page.waitForURL(/state=pending/);
    await page.locator('.alert', { hasText: 'slow-answers' }).waitFor({ state: 'detached' });
    expect(await page.locator('.alert', { hasText: 'errors' }).count()).toBe(1);
  });

  it('have a history, and no serious fault for people with disabilities', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/alerts?rule=slow-answers`);
    await page.locator('.alert pre', { hasText: 'p95:duration' }).first().waitFor();
    await page
      .getByRole('row', { name: /dear-models/ })
      .first()
      .waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('say how to write a rule where there is none', async () => {
    const other = await Daemon.start({ empty: true });
    const { page } = await visit(on.browser, `${other.url}/ui/alerts`);
    await page.getByText('No rule is watched').waitFor();
    await other.stop();
  });
});
