/** One trace: its views, what can be said of it, and what is seen while it runs. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { visit } from './browser';
import { seriousFaults, stand } from './stand';

let longest: string;
const on = stand({}, async (daemon) => {
  longest = await daemon.largest('type = llm');
});

async function openTrace(id: string, search = '') {
  const visited = await visit(on.browser, `${on.daemon.url}/ui/traces/${id}${search}`);
  await visited.page.getByRole('tablist', { name: 'Views' }).waitFor();
  return visited;
}

async function rowCount(page: Page): Promise<number> {
  return Number(await page.getByRole('treegrid').getAttribute('aria-rowcount'));
}

describe('the tree of a trace', () => {
  it('folds steps that repeat, and opens them again in the address', async () => {
    const { page, complaints } = await openTrace(longest);
    const folded = await rowCount(page);
    const fold = page.getByRole('row', { name: /^\d+ times/ }).first();
    await fold.click();
    await page.waitForURL(/open=[0-9a-f]{16}/);
    expect(await rowCount(page)).toBeGreaterThan(folded);
    await page.reload();
    await page.getByRole('treegrid').waitFor();
    expect(await rowCount(page)).toBeGreaterThan(folded);
    await page.getByRole('button', { name: 'Fold repeats' }).click();
    await page.waitForURL(/folds=0/);
    expect(complaints).toEqual([]);
  });

  it('finds spans, and walks from one to the next', async () => {
    const { page } = await openTrace(longest, '?folds=0');
    const find = page.getByRole('searchbox', { name: 'Find in the trace' });
    await find.fill('run tests');
    await page.locator('.tree-row.match').first().waitFor();
    await find.press('Enter');
    await page.waitForURL(/span=/);
    expect(await page.locator('.tree-row[aria-selected=true]').innerText()).toContain('run tests');
    expect(await page.locator('.find').innerText()).toMatch(/^1\/\d+/);
  });

  it('zooms to a span and back, and the address says so', async () => {
    const { page } = await openTrace(longest, '?folds=0');
    await page.getByRole('treegrid').press('e');
    await page.keyboard.press('f');
    await page.waitForURL(/t0=.*t1=/);
    await page.keyboard.press('0');
    await page.waitForURL((url) => !url.search.includes('t0'));
  });
});

describe('the views of a trace', () => {
  it('are walked by a key', async () => {
    const { page } = await openTrace(longest);
    await page.getByRole('treegrid').press('v');
    await page.locator('.dag-node').first().waitFor();
    await page.keyboard.press('v');
    await page.locator('.flame canvas').waitFor();
  });

  it('show a graph whose nodes lead to their spans', async () => {
    const { page, complaints } = await openTrace(longest, '?view=dag');
    const node = page.locator('.dag-node', { hasText: 'commit' });
    await node.click();
    await page.getByRole('complementary', { name: 'Span commit' }).waitFor();
    expect(await page.locator('.react-flow__edge').count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  it('show boxes that are found under the pointer, by time and by cost', async () => {
    const { page, complaints } = await openTrace(longest, '?view=flame');
    const flame = page.locator('.flame canvas');
    await flame.hover({ position: { x: 200, y: 8 } });
    await page.locator('.flame [role=status]', { hasText: 'coding-agent' }).waitFor();
    await page.getByLabel('Width').selectOption('cost');
    await flame.click({ position: { x: 5, y: 28 } });
    await page.waitForURL(/weight=cost.*span=|span=.*weight=cost/);
    expect(complaints).toEqual([]);
  });

  it('show a log with the words of the spans in sight', async () => {
    const { page } = await openTrace(longest, '?view=log');
    await page.locator('.log-row', { hasText: 'I move test_001.c' }).first().waitFor();
  });

  it('show what it cost, by what', async () => {
    const { page } = await openTrace(longest, '?view=costs');
    await page.getByRole('cell', { name: 'claude-3-5-sonnet-20241022' }).waitFor();
    await page.getByRole('cell', { name: 'run tests' }).waitFor();
  });

  for (const view of ['waterfall', 'dag', 'flame', 'log', 'costs', 'conversation'])
    it(`have no serious fault for people with disabilities: ${view}`, async () => {
      const { page } = await openTrace(longest, `?view=${view}`);
      await page.locator('[role=row], .dag-node, canvas, td').first().waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    });
});

describe('the conversation', () => {
  it('shows what a call added, and the whole window', async () => {
    const { page, complaints } = await openTrace(longest, '?view=conversation&call=4');
    await page.getByText('messages sent before').waitFor();
    const added = await page.locator('.call-messages > .message').count();
    await page.getByRole('button', { name: 'Whole window' }).click();
    await page.getByText('messages sent before').waitFor({ state: 'detached' });
    expect(await page.locator('.call-messages > .message').count()).toBeGreaterThan(added);
    await page.keyboard.press('l');
    await page.waitForURL(/call=5/);
    expect(complaints).toEqual([]);
  });
});

describe('what people say of a trace', () => {
  it('is stored with it', async () => {
    const { page } = await openTrace(longest);
    await page.getByRole('button', { name: 'Bad', exact: true }).click();
    await page.getByLabel('Why').fill('it went round in circles');
    await page.getByRole('button', { name: 'Give feedback' }).click();
    await page.locator('button[aria-label=Bad][aria-pressed=true]').waitFor();
    const { scores } = (await (await fetch(`${on.daemon.url}/traces/${longest}`)).json()) as {
      scores: { name: string; value: number; comment: string }[];
    };
    expect(scores.at(-1)).toMatchObject({ name: 'feedback', value: -1, comment: 'it went round in circles' });
  });

  it('can be a score of a span, which shows at once', async () => {
    const { page } = await openTrace(longest, '?tab=Scores');
    await page.getByLabel('Name of the score').fill('tidiness');
    await page.getByLabel('Value of the score').fill('0.25');
    await page.getByRole('button', { name: 'Score', exact: true }).click();
    await page.getByRole('cell', { name: '0.25' }).waitFor();
  });
});

describe('a trace that runs', () => {
  it('shows its spans as they end, and its own end', async () => {
    const agent = on.daemon.runAgent(1500);
    const { page, complaints } = await visit(
      on.browser,
      `${on.daemon.url}/ui/traces?q=trace.status+%3D+running+and+agent+%3D+assistant`,
    );
    await page.getByRole('link', { name: 'assistant' }).first().click();
    await page.locator('.trace-head .status.running').waitFor();
    expect(await page.title()).toContain('◐');
    const before = await rowCount(page);
    await page.waitForFunction(
      (rows) => Number(document.querySelector('[role=treegrid]')?.getAttribute('aria-rowcount')) > rows,
      before,
    );
    await page.locator('.trace-head .status.success').waitFor();
    expect(complaints).toEqual([]);
    agent.kill();
  });
});
