import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { visit } from './browser';
import { seriousFaults, stand } from './stand';
import { Daemon } from './store';

const on = stand();

function rows(page: Page) {
  return page.getByRole('grid').getByRole('row');
}

describe('the traces', () => {
  it('are narrowed by a filter that stays in the address', async () => {
    const { page, complaints } = await visit(on.browser, `${on.daemon.url}/`);
    await rows(page).nth(1).waitFor();
    expect(page.url()).toBe(`${on.daemon.url}/ui/traces`);
    await page.getByRole('combobox', { name: 'Filter' }).fill('trace.status = error');
    const failed = await on.daemon.listed('trace.status = error');
    await page.locator(`[role=grid][aria-rowcount="${failed + 1}"]`).waitFor();
    await page.waitForURL(/q=trace\.status/);
    await page.reload();
    await page.locator(`[role=grid][aria-rowcount="${failed + 1}"]`).waitFor();
    expect(await page.getByRole('combobox', { name: 'Filter' }).inputValue()).toBe('trace.status = error');
    expect(complaints).toEqual([]);
  });

  it('stay where they are when a filter does not parse, and the column is shown', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces`);
    await rows(page).nth(1).waitFor();
    await page.getByRole('combobox', { name: 'Filter' }).fill('cost >> 3');
    const problem = page.getByRole('alert');
    await problem.waitFor();
    expect(await problem.innerText()).toContain('^');
    expect(await rows(page).count()).toBeGreaterThan(2);
  });

  it('are narrowed by a click on a facet, and widened by another', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces`);
    const facet = page.getByRole('complementary', { name: 'Facets' }).getByRole('button', { name: 'error' });
    await facet.click();
    await page
      .locator(`[role=grid][aria-rowcount="${(await on.daemon.listed('trace.status = error')) + 1}"]`)
      .waitFor();
    expect(await facet.getAttribute('aria-pressed')).toBe('true');
    await facet.click();
    await page.locator(`[role=grid][aria-rowcount="${(await on.daemon.listed('')) + 1}"]`).waitFor();
  });

  it('that arrive are shown without a click', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces`);
    await rows(page).nth(1).waitFor();
    await on.daemon.send({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      name: 'just arrived',
      attributes: {},
    });
    await page.getByRole('link', { name: 'just arrived' }).waitFor();
  });

  it('say how to send a first one when there is none', async () => {
    const other = await Daemon.start({ empty: true });
    const { page } = await visit(on.browser, `${other.url}/ui/traces`);
    await page.getByText('listening…').waitFor();
    await page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${other.url}`).waitFor();
    await page.getByRole('button', { name: 'curl', exact: true }).click();
    const shell = page.locator('.first-trace pre', { hasText: 'curl' });
    const [, body] = /-d \\\s+'(.*)'$/s.exec(await shell.innerText())!;
    await other.post('/ingest', JSON.parse(body!.replace("'$(date +%s)'", String(Date.now() / 1000))));
    await page.getByRole('link', { name: 'first agent' }).waitFor();
    await other.stop();
  });
});

describe('a trace', () => {
  it('is walked by keys, and the span is in the address', async () => {
    const { page, complaints } = await visit(on.browser, `${on.daemon.url}/ui/traces?q=agent+%3D+assistant`);
    await page.getByRole('link', { name: 'assistant' }).first().click();
    await page.getByRole('treegrid').waitFor();
    await page.keyboard.press('j');
    await page.waitForURL(/span=[0-9a-f]{16}/);
    const name = await page.locator('[role=row][aria-selected=true]').innerText();
    await page.reload();
    await page.locator('[role=row][aria-selected=true]').waitFor();
    expect(await page.locator('[role=row][aria-selected=true]').innerText()).toBe(name);
    await page.keyboard.press('Escape');
    await page.waitForURL(/\/ui\/traces\?q=agent/);
    expect(complaints).toEqual([]);
  });

  it('closes and opens its branches', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces?q=agent+%3D+assistant`);
    await page.getByRole('link', { name: 'assistant' }).first().click();
    const tree = page.getByRole('treegrid');
    await tree.waitFor();
    const before = Number(await tree.getAttribute('aria-rowcount'));
    await page.keyboard.press('ArrowLeft');
    await page.locator('[role=treegrid][aria-rowcount="1"]').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator(`[role=treegrid][aria-rowcount="${before}"]`).waitFor();
  });

  it('shows what was said to the model and what it answered', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces?q=agent+%3D+assistant`);
    await page.getByRole('link', { name: 'assistant' }).first().click();
    await page.getByRole('treegrid').getByRole('row', { name: /^llm/ }).first().click();
    const inspector = page.getByRole('complementary');
    await inspector.getByRole('heading', { name: 'user', exact: true }).first().waitFor();
    await inspector.getByRole('heading', { name: 'assistant', exact: true }).first().waitFor();
    await inspector.getByRole('tab', { name: 'Usage' }).click();
    await inspector.getByText('All tokens').waitFor();
  });

  it('runs nothing that a payload brings along', async () => {
    const attack =
      '<img src=x onerror="window.hit=1"><script>window.hit=1</script>[x](javascript:window.hit=1)';
    await on.daemon.send({
      traceId: '0af7651916cd43dd8448eb211c80319e',
      spanId: 'b7ad6b7169203333',
      name: attack,
      attributes: {
        'openinference.span.kind': 'TOOL',
        'input.value': attack,
        'output.value': `\u202e${attack}`,
      },
    });
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces/0af7651916cd43dd8448eb211c80319e`);
    await page.getByText('\\u202e').waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.evaluate(() => 'hit' in window)).toBe(false);
  });

  it('that is not there says so', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces/ffffffffffffffffffffffffffffffff`);
    await page.getByRole('alert').waitFor();
    await page.getByRole('link', { name: 'To the traces' }).click();
    await rows(page).nth(1).waitFor();
  });
});

describe('analytics', () => {
  it('shows the figures of the API', async () => {
    const { page, complaints } = await visit(on.browser, `${on.daemon.url}/ui/analytics`);
    const { requests } = (await (await fetch(`${on.daemon.url}/analytics/overview`)).json()) as {
      requests: number;
    };
    await page.getByText(String(requests), { exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'llm', exact: true }).click();
    await page.waitForURL(/q=type/);
    expect(complaints).toEqual([]);
  });

  it('stacks costs by model or agent, and a bar leads to its traces', async () => {
    const { page, complaints } = await visit(on.browser, `${on.daemon.url}/ui/analytics`);
    const costs = page.locator('.chart', { hasText: 'Cost over time' });
    await costs.locator('.bars-names', { hasText: 'claude-3-5-sonnet-20241022' }).waitFor();
    await costs.getByRole('button', { name: 'Agent' }).click();
    await costs.locator('.bars-names', { hasText: 'no agent' }).waitFor();
    await page.waitForURL(/by=agent/);
    await page.locator('.chart', { hasText: 'Error rate over time' }).locator('.u-over').waitFor();
    await costs.locator('.bars a:has(i[style*="height"])').last().click();
    await page.waitForURL(/traces\?range=.*Z\.\./);
    expect(complaints).toEqual([]);
  });

  it('is of the range that is dragged over in a chart', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/analytics`);
    const chart = page.locator('.chart', { hasText: 'Latency over time' }).locator('.u-over');
    await chart.waitFor();
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + 100, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/analytics\?range=.*Z\.\./);
  });
});

describe('every page', () => {
  it('keeps the theme that was chosen', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces`);
    await page.getByRole('button', { name: 'To the dark theme' }).click();
    await page.reload();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  });

  for (const colorScheme of ['light', 'dark'] as const)
    for (const path of [
      '/ui/traces',
      '/ui/sessions',
      '/ui/analytics',
      '/ui/analytics/query',
      '/ui/store',
      'a trace',
    ])
      it(`has no serious fault for people with disabilities: ${path}, ${colorScheme}`, async () => {
        const { page } = await visit(
          on.browser,
          `${on.daemon.url}${path.startsWith('/') ? path : '/ui/traces?q=type+%3D+llm'}`,
          {
            colorScheme,
          },
        );
        if (path === 'a trace') {
          await page.locator('.rows a').first().click();
          await page.getByRole('treegrid').waitFor();
        }
        await page.locator('.rows a, .grid td, [role=treegrid] [role=row]').first().waitFor();
        expect(await seriousFaults(page)).toEqual([]);
      });

  it('fits a telephone', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/traces`, {
      viewport: { width: 390, height: 844 },
    });
    await rows(page).nth(1).waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
  });
});

describe('live', () => {
  it('shows a span the moment it ends, and leads to its trace', async () => {
    const { page, complaints } = await visit(on.browser, `${on.daemon.url}/ui/live`);
    await page.locator('.live-state.live').waitFor();
    await on.daemon.send({
      traceId: '0af7651916cd43dd8448eb211c80319f',
      spanId: 'b7ad6b7169203334',
      name: 'seen live',
      attributes: {},
    });
    await page.getByRole('link', { name: 'seen live' }).click();
    await page.waitForURL(/traces\/0af7651916cd43dd8448eb211c80319f\?span=b7ad6b7169203334/);
    expect(complaints).toEqual([]);
  });

  it('shows what passes the filter alone, and waits while it is paused', async () => {
    const { page } = await visit(on.browser, `${on.daemon.url}/ui/live?q=name+%3D+wanted`);
    await page.locator('.live-state.live').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    for (const [index, name] of ['other', 'wanted'].entries())
      await on.daemon.send({
        traceId: '0af7651916cd43dd8448eb211c8031a0',
        spanId: `b7ad6b716920334${index}`,
        name,
        attributes: {},
      });
    await page.getByRole('button', { name: 'Go on (1 wait)' }).click();
    await page.getByRole('link', { name: 'wanted' }).waitFor();
    expect(await page.getByRole('link', { name: 'other' }).count()).toBe(0);
  });
});

describe('sessions', () => {
  it('lead from the list to what was said', async () => {
    const { page, complaints } = await visit(on.browser, `${on.daemon.url}/ui/sessions`);
    await page.getByRole('link', { name: 'examples-session' }).click();
    await page.locator('.said.user').first().waitFor();
    expect(await page.locator('.turn').count()).toBeGreaterThan(1);
    await page.locator('.turn a').first().click();
    await page.getByRole('treegrid').waitFor();
    expect(complaints).toEqual([]);
  });

  it('show what was done between question and answer', async () => {
    const { page, complaints } = await visit(on.browser, `${on.daemon.url}/ui/sessions/examples-session`);
    await page.locator('.turn').nth(2).waitFor();
    expect(await page.locator('.work').count()).toBe(0);
    await page.getByRole('button', { name: 'Show work' }).click();
    await page.waitForURL(/work=1/);
    const work = page.locator('.turn').first().locator('.work');
    await work.getByRole('heading', { name: /calls? of the model/ }).waitFor();
    await work.locator('.message.tool').first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.getByRole('button', { name: 'Show work' }).click();
    await page.locator('.work').first().waitFor({ state: 'detached' });
  });

  it('are played turn by turn', async () => {
    const { page, complaints } = await visit(on.browser, `${on.daemon.url}/ui/sessions/examples-session`);
    await page.locator('.turn').nth(2).waitFor();
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByText('turn 1 of 3').waitFor();
    expect(await page.locator('.turn').count()).toBe(1);
    await page.getByText('turn 2 of 3').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.waitForURL(/turn=2/);
    await page.locator('.turn').nth(2).waitFor();
    await page.keyboard.press('n');
    await page.getByText('turn 3 of 3').waitFor();
    expect(await page.locator('.turn.current').count()).toBe(1);
    await page.keyboard.press('p');
    await page.waitForURL(/turn=2/);
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe('with tokens', () => {
  it('asks for one, lets in, and lets out again', async () => {
    const other = await Daemon.start({ token: true });
    const { page } = await visit(on.browser, `${other.url}/ui/sessions?sort=-cost`);
    await page.getByLabel('Access token').fill('oat_not_this_one');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Access token').fill(other.secret ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'examples-session' }).waitFor();
    expect(page.url()).toContain('/ui/sessions?sort=-cost');
    await page.getByText('tester').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').waitFor();
    await page.goto(`${other.url}/ui/traces`);
    await page.getByLabel('Access token').waitFor();
    await other.stop();
  });
});
