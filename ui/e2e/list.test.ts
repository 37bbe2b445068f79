/** What one sets up in the list of traces: columns, facets, the range of time, and the way from trace to trace. */
import { describe, expect, it } from 'vitest';
import { visit } from './browser';
import { seriousFaults, stand } from './stand';

const on = stand();

async function open(path: string) {
  const visited = await visit(on.browser, `${on.daemon.url}/ui${path}`);
  await visited.page.locator('.rows .row').first().waitFor();
  return visited;
}

describe('the columns of the list', () => {
  it('show what was asked and what came out', async () => {
    const { page, complaints } = await open(`/traces?q=${encodeURIComponent('name = support-agent')}`);
    await page
      .getByRole('gridcell', { name: /Where is my parcel\? → It left the depot/ })
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
  });

  it('are chosen, which stays in the address and for the next time', async () => {
    const { page } = await open('/traces');
    const agent = page.getByRole('columnheader', { name: 'Agent' });
    expect(await agent.count()).toBe(0);
    await page.locator('summary', { hasText: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Agent', exact: true }).click();
    await agent.waitFor();
    await page.getByRole('checkbox', { name: 'User', exact: true }).click();
    await page.getByRole('columnheader', { name: 'User' }).waitFor({ state: 'detached' });
    await page.waitForURL(/cols=[^&]*agent/);
    await page.goto(`${on.daemon.url}/ui/traces`);
    await agent.waitFor();
    expect(await page.getByRole('columnheader', { name: 'User' }).count()).toBe(0);
  });

  it('get another width by the pointer and by keys, which is kept', async () => {
    const { page } = await open('/traces');
    const head = page.getByRole('columnheader', { name: /^Model/ });
    const widthOf = async () => (await head.boundingBox())!.width;
    const before = await widthOf();
    const edge = page.getByRole('separator', { name: 'Width of Model' });
    const box = (await edge.boundingBox())!;
    await page.mouse.move(box.x + 5, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + 65, box.y + 10, { steps: 4 });
    await page.mouse.up();
    expect(await widthOf()).toBeCloseTo(before + 60, 0);
    await edge.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await widthOf()).toBeCloseTo(before + 44, 0);
    await page.reload();
    await page.locator('.rows .row').first().waitFor();
    expect(await widthOf()).toBeCloseTo(before + 44, 0);
    await edge.dblclick();
    expect(await widthOf()).toBeCloseTo(before, 0);
  });

  it('are put in another order by keys and by the pointer, which stays in the address', async () => {
    const { page } = await open('/traces');
    const titles = () =>
      page
        .locator('[data-column]')
        .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-column')!));
    expect((await titles()).slice(0, 3)).toEqual(['start', 'name', 'preview']);
    await page.locator('summary', { hasText: 'Columns' }).click();
    const right = page.getByRole('button', { name: 'Move Start to the right' });
    await right.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/cols=name%2Cstart%2Cpreview/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/cols=name%2Cpreview%2Cstart/);
    await page.keyboard.press('Escape');
    const from = (await page.locator('[data-column=cost]').boundingBox())!;
    const to = (await page.locator('[data-column=name]').boundingBox())!;
    await page.mouse.move(from.x + from.width / 2, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(to.x + 200, to.y + 8, { steps: 4 });
    await page.mouse.move(to.x + 4, to.y + 8, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/cols=cost%2Cname%2Cpreview%2Cstart/);
    expect(page.url()).not.toContain('sort=');
    await page.reload();
    await page.locator('.rows .row').first().waitFor();
    expect((await titles()).slice(0, 4)).toEqual(['cost', 'name', 'preview', 'start']);
  });

  it('stay at the left when they are pinned and the list is scrolled sideways', async () => {
    const { page } = await open('/traces');
    await page.setViewportSize({ width: 800, height: 600 });
    await page.locator('summary', { hasText: 'Columns' }).click();
    const pin = page.getByRole('button', { name: 'Pin Name to the left' });
    await pin.click();
    await page
      .locator('button[aria-pressed=true]', { has: page.locator('svg') })
      .first()
      .waitFor();
    expect(await pin.getAttribute('aria-pressed')).toBe('true');
    await page.waitForURL(/pin=name/);
    await page.keyboard.press('Escape');
    const name = page.getByRole('columnheader', { name: /^Name/ });
    const cost = page.getByRole('columnheader', { name: /^Cost/ });
    const leftOf = async (cell: typeof name) => (await cell.boundingBox())!.x;
    const [nameLeft, costLeft] = [await leftOf(name), await leftOf(cost)];
    await page.locator('.table').evaluate((table) => {
      table.scrollLeft = 200;
    });
    await expect.poll(() => leftOf(cost)).toBeCloseTo(costLeft - 200, 0);
    expect(await leftOf(name)).toBeCloseTo(nameLeft, 0);
    const cell = page.locator('.rows .row').first().locator('.pinned.name');
    expect((await cell.boundingBox())!.x).toBeCloseTo(nameLeft, 0);
    expect(await seriousFaults(page, '.table')).toEqual([]);
  });
});

describe('the list, while traces come', () => {
  it('keeps what one reads in its place, and takes them in by a key', async () => {
    const { page } = await open('/traces');
    const grid = page.getByRole('grid');
    const rows = Number(await grid.getAttribute('aria-rowcount'));
    await page.locator('.table').evaluate((table) => {
      table.scrollTop = 1000;
    });
    // The topmost row that is seen, and how far below the edge it begins.
    const topmost = () =>
      page.locator('.table').evaluate((table) => {
        const edge = table.getBoundingClientRect().top + 32;
        const shown = [...table.querySelectorAll('.rows .row')]
          .map((row) => ({ px: row.getBoundingClientRect().top - edge, href: row.querySelector('a')!.href }))
          .filter(({ px }) => px >= 0)
          .sort((a, b) => a.px - b.px);
        return shown[0]!;
      });
    await expect.poll(async () => (await topmost()).px).toBeLessThan(32);
    const before = await topmost();
    await on.daemon.send({
      traceId: '0af7651916cd43dd8448eb211c803200',
      spanId: 'b7ad6b7169203400',
      name: 'came while one read',
      attributes: {},
    });
    await page.getByRole('button', { name: '▲ 1 new' }).waitFor();
    expect(await topmost()).toEqual(before);
    await page.keyboard.press('.');
    await page.locator(`[role=grid][aria-rowcount="${rows + 1}"]`).waitFor();
    await page.getByRole('button', { name: '▲ 1 new' }).waitFor({ state: 'detached' });
    await expect.poll(topmost).toEqual(before);
    await page.locator('.table').evaluate((table) => {
      table.scrollTop = 0;
    });
    await page.getByRole('link', { name: 'came while one read' }).waitFor();
  });

  it('holds its rows while one points at them or has ticked some', async () => {
    const { page } = await open('/traces');
    const first = () => page.locator('.rows .row a').first().innerText();
    const arrives = (at: number) =>
      on.daemon.send({
        traceId: `0af7651916cd43dd8448eb211c80330${at}`,
        spanId: `b7ad6b716920350${at}`,
        name: `held ${at}`,
        attributes: {},
      });
    await page.locator('.rows .row').nth(2).hover();
    const before = await first();
    await arrives(1);
    const one = page.getByRole('button', { name: '▲ 1 new' });
    await one.waitFor();
    expect(await first()).toBe(before);
    await one.click();
    await page.getByRole('link', { name: 'held 1' }).waitFor();
    await page
      .getByRole('checkbox', { name: /^Select / })
      .first()
      .click();
    await page.mouse.move(0, 0);
    await arrives(2);
    await one.waitFor();
    expect(await first()).toBe('held 1');
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('link', { name: 'held 2' }).waitFor();
    await one.waitFor({ state: 'detached' });
  });

  it('marks a trace that has ended', async () => {
    const { page } = await open(`/traces?q=${encodeURIComponent('agent = assistant')}`);
    const flash = page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          document.addEventListener('animationstart', (event) => {
            const row = event.target as HTMLElement;
            if (event.animationName === 'changed') resolve(row.innerText);
          });
        }),
    );
    on.daemon.runAgent(4000); // longer than the list takes to look again, on a slow machine too
    await page.locator('.rows .row .status.running').first().waitFor();
    expect(await flash).toContain('assistant');
    await page.locator('.rows .row .status.running').first().waitFor({ state: 'detached' });
  });
});

describe('a facet', () => {
  it('is chosen beside others with ctrl, and left out with alt', async () => {
    const { page } = await open('/traces');
    const box = page.getByRole('combobox', { name: 'Filter' });
    const facet = (name: string) =>
      page
        .getByRole('complementary', { name: 'Facets' })
        .locator('section', { has: page.getByRole('heading', { name: 'Agent', exact: true }) })
        .getByRole('button', { name });
    await facet('support-agent').click();
    await facet('researcher').click({ modifiers: ['Control'] });
    const both = 'agent in (support-agent, researcher)';
    await page.locator(`[role=grid][aria-rowcount="${(await on.daemon.listed(both)) + 1}"]`).waitFor();
    expect(await box.inputValue()).toBe(both);
    await facet('support-agent').click({ modifiers: ['Alt'] });
    const without = 'agent = researcher and not trace.has(agent = support-agent)';
    await page.locator(`[role=grid][aria-rowcount="${(await on.daemon.listed(without)) + 1}"]`).waitFor();
    expect(await box.inputValue()).toBe(without);
  });
});

describe('the range of time', () => {
  it('is typed, and stays in the address', async () => {
    const { page } = await open('/traces');
    await page.locator('summary[aria-label^="Range"]').click();
    const input = page.getByLabel('Another range');
    await input.fill('soon');
    await input.press('Enter');
    await page.locator('input[aria-invalid=true][aria-label="Another range"]').waitFor();
    await input.fill('36h');
    await input.press('Enter');
    await page.waitForURL(/range=-36h/);
    await page.locator('summary[aria-label="Range: Last 36h"]').waitFor();
  });

  it('and all times are in the zone that was chosen', async () => {
    const context = { timezoneId: 'Asia/Tokyo' };
    const url = `${on.daemon.url}/ui/traces?range=2026-11-22T00:00:00.000Z..2026-11-22T06:00:00.000Z`;
    const { page } = await visit(on.browser, url, context);
    await page.locator('summary[aria-label="Range: 22 Nov, 09:00 – 22 Nov, 15:00"]').waitFor();
    await page.getByRole('button', { name: 'Show times in UTC' }).click();
    await page.locator('summary[aria-label="Range: 22 Nov, 00:00 – 22 Nov, 06:00"]').waitFor();
    await page.reload();
    await page.locator('summary[aria-label="Range: 22 Nov, 00:00 – 22 Nov, 06:00"]').waitFor();
  });
});

describe('a trace of a list', () => {
  it('leads to the next by a key, and back to the list as it was', async () => {
    const { page, complaints } = await open(`/traces?q=${encodeURIComponent('name = support-agent')}`);
    const hrefs = await page
      .locator('.rows .row a')
      .evaluateAll((links) => links.slice(0, 2).map((link) => link.getAttribute('href')!));
    await page.locator('.rows .row a').first().click();
    await page.getByRole('treegrid').waitFor();
    await page.keyboard.press(']');
    await page.waitForURL(`${on.daemon.url}${hrefs[1]!}`);
    await page.getByRole('treegrid').waitFor();
    await page.keyboard.press('[');
    await page.waitForURL(`${on.daemon.url}${hrefs[0]!}`);
    await page.getByRole('treegrid').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL(/\/ui\/traces\?q=name/);
    expect(complaints).toEqual([]);
  });
});

describe('a filter that nothing passes', () => {
  it('says what there is without each of its terms', async () => {
    const q = 'name = support-agent and cost > 1000';
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces?q=${encodeURIComponent(q)}`);
    await page.getByRole('heading', { name: 'No trace passes' }).waitFor();
    await page.getByRole('button', { name: 'Drop name = support-agent 0 traces' }).waitFor();
    await page.getByRole('button', { name: /Drop cost > 1000 \d+ traces/ }).click();
    await page.locator('.rows .row').first().waitFor();
    expect(await page.getByRole('combobox', { name: 'Filter' }).inputValue()).toBe('name = support-agent');
  });
});

describe('the list', () => {
  it('has no serious fault for people with disabilities while its menus are open', async () => {
    const { page } = await open('/traces');
    for (const menu of ['Columns', 'Last 24 hours']) {
      await page.locator('summary', { hasText: menu }).click();
      expect(await seriousFaults(page, '.page-bar')).toEqual([]);
      await page.keyboard.press('Escape');
    }
  });
});
