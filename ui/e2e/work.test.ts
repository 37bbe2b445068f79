/** What one does with many traces: compare, select, save, ask, and look after prompts and the store. */
import { describe, expect, it } from 'vitest';
import { visit } from './browser';
import { seriousFaults, stand } from './stand';
import { Daemon } from './store';

const on = stand({}, (daemon) => daemon.usePrompt('support', 40));

async function open(path: string) {
  return visit(on.browser, `${on.daemon.url}/ui${path}`);
}

describe('the filter box', () => {
  it('completes fields, operators and values, and Enter runs what stands there', async () => {
    const { page } = await open('/traces');
    const box = page.getByRole('combobox', { name: 'Filter' });
    await page.locator('.facet').first().waitFor();
    await box.fill('mod');
    await box.press('Tab');
    await box.pressSequentially('= gpt-4o-m');
    await page.getByRole('option', { name: 'gpt-4o-mini' }).click();
    expect(await box.inputValue()).toBe('model = gpt-4o-mini ');
    await box.press('Enter');
    await page.waitForURL(/q=model/);
  });

  it('opens the trace whose id is pasted', async () => {
    const { page } = await open('/traces');
    const id = await on.daemon.largest('type = llm');
    await page.getByRole('combobox', { name: 'Filter' }).fill(id);
    await page.waitForURL(new RegExp(`/traces/${id}`));
  });
});

describe('the beginning of an id', () => {
  it('opens its trace, or the span in its trace', async () => {
    const { page } = await open('/traces');
    const id = await on.daemon.largest('type = llm');
    const box = page.getByRole('combobox', { name: 'Filter' });
    await box.fill(id.slice(0, 12));
    await page.waitForURL(new RegExp(`/traces/${id}`));
    await page.goBack();
    const { spans } = (await (await fetch(`${on.daemon.url}/traces/${id}`)).json()) as {
      spans: { span_id: string }[];
    };
    await box.fill(spans[1]!.span_id);
    await page.waitForURL(new RegExp(`/traces/${id}\\?span=${spans[1]!.span_id}`));
  });
});

describe('selected traces', () => {
  it('are compared, two of them, from the list', async () => {
    const { page, complaints } = await open(`/traces?q=${encodeURIComponent('prompt_name = support')}`);
    const boxes = page.getByRole('checkbox');
    await boxes.nth(0).click();
    await boxes.nth(1).click();
    await page
      .getByRole('region', { name: 'Selected traces' })
      .getByRole('link', { name: 'Compare' })
      .click();
    await page.getByText('of 1 pairs differ').waitFor();
    await page.locator('.first-difference ins').first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('are deleted when one has typed how many', async () => {
    const { page } = await open(`/traces?q=${encodeURIComponent('prompt_name = support')}`);
    await page.getByRole('checkbox').nth(2).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const sure = page.getByRole('button', { name: 'Delete for good' });
    expect(await sure.isDisabled()).toBe(true);
    await page.getByLabel('Type 1 to confirm').fill('1');
    await sure.click();
    await page.locator('[role=grid][aria-rowcount="80"]').waitFor();
  });

  it('are exported in the formats of the daemon', async () => {
    const { page } = await open('/traces');
    await page.locator('summary', { hasText: 'Export' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'csv' }).click();
    expect((await download).suggestedFilename()).toMatch(/\.csv$/);
  });
});

describe('a view', () => {
  it('is saved under a name, and found again', async () => {
    const { page } = await open('/traces?q=cost+%3E+0.001&sort=-cost');
    await page.locator('summary', { hasText: 'Views' }).click();
    await page.getByLabel('Name of this view').fill('dear ones');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.goto(`${on.daemon.url}/ui/traces`);
    await page.locator('summary', { hasText: 'Views' }).click();
    await page.getByRole('link', { name: 'dear ones' }).click();
    await page.waitForURL(/q=cost.*sort=-cost/);
  });
});

describe('prompts', () => {
  it('lead from the list to a version, its diff, and its use', async () => {
    const { page, complaints } = await open('/prompts');
    await page.getByRole('link', { name: 'support' }).click();
    await page.locator('.variable', { hasText: 'customer' }).waitFor();
    await page.getByRole('tab', { name: 'Diff' }).click();
    await page.locator('.diff-text del', { hasText: 'many' }).waitFor();
    await page.getByRole('tab', { name: 'Use' }).click();
    await page.getByText('oat_span_set_prompt_version').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('get labels', async () => {
    const { page } = await open('/prompts/support');
    await page.getByLabel('Label for version 2').fill('canary');
    await page.getByRole('button', { name: 'Label v2' }).click();
    await page.locator('.versions .chip', { hasText: 'canary' }).waitFor();
  });

  it('are compared by what their calls came to', async () => {
    const { page } = await open('/prompts/support?tab=ab');
    const row = page.getByRole('row', { name: /Cost a call/ });
    await row.getByText('differs').waitFor();
    await page.getByRole('row', { name: /Score/ }).getByText('not enough data').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });
});

describe('a query', () => {
  it('answers with a chart and a table that leads to the traces', async () => {
    const { page, complaints } = await open('/analytics/query?filter=type+%3D+llm&by=prompt_name&every=');
    await page.getByRole('cell', { name: 'support' }).waitFor();
    await page.getByLabel('Every').fill('1h');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.locator('.u-over').waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'CSV' }).click();
    expect((await download).suggestedFilename()).toBe('query.csv');
    await page
      .locator('.scroll-x tbody tr', { hasText: 'support' })
      .first()
      .getByRole('link', { name: 'traces' })
      .click();
    await page.waitForURL(/traces\?range=.*prompt_name/);
    expect(complaints).toEqual([]);
  });

  it('that is wrong says where', async () => {
    const { page } = await open('/analytics/query?filter=type+%3D+');
    await page.getByRole('alert').waitFor();
  });
});

describe('the store', () => {
  it('says what it holds', async () => {
    const { page, complaints } = await open('/store');
    const { spans } = (await (await fetch(`${on.daemon.url}/stats`)).json()) as { spans: number };
    await page
      .getByText(spans < 1000 ? String(spans) : (spans / 1000).toFixed(2).replace(/\.?0+$/, ''))
      .first()
      .waitFor();
    await page.getByText('Writers alive').first().waitFor();
    await page.getByRole('heading', { name: 'Kept' }).waitFor();
    await page.locator('.bars-names', { hasText: 'Not compacted' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('says who writes', async () => {
    const { page } = await open('/store');
    const writer = page.getByRole('row', { name: /oat-httpd/ });
    await writer.getByText('running').waitFor();
    await page.getByRole('row', { name: /agent/ }).getByText('ended').first().waitFor();
  });

  it('shows which days go', async () => {
    const other = await Daemon.start({ retain: '10d' });
    const { page } = await visit(on.browser, `${other.url}/ui/store`);
    await page.locator('.bars-mark', { hasText: 'older ones go' }).waitFor();
    await page.getByText('10 d').first().waitFor();
    await other.stop();
  });
});
