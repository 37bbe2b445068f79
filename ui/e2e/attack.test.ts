/** Payloads are written by models and strangers: nothing in them runs, and nothing makes a page hang. */
import { describe, expect, it } from 'vitest';
import { visit } from './browser';
import { stand } from './stand';

const HIT = 'window.hit = 1';
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="${HIT}"><script>${HIT}</script></svg>`;
const RESPONDS_MS = 2000;

const attacks: Readonly<Record<string, unknown>> = {
  html: `<img src=x onerror="${HIT}"><script>${HIT}</script><iframe srcdoc="<script>${HIT}</script>">`,
  markdown: `[click](javascript:${HIT}) [data](data:text/html,<script>${HIT}</script>) <b onclick="${HIT}">x</b>\n\n![remote](https://elsewhere.example/pixel.png)`,
  svg: {
    messages: [
      {
        role: 'user',
        content: [
          {
            type: 'image_url',
            image_url: { url: `data:image/svg+xml;base64,${Buffer.from(SVG).toString('base64')}` },
          },
          { type: 'image_url', image_url: { url: 'https://elsewhere.example/pixel.png' } },
        ],
      },
    ],
  },
  'one long line': 'x'.repeat(10_000_000),
  'text that turns round': {
    messages: [{ role: 'user', content: '\u202egpj.exe\u200b\u2066 and \u0000 too' }],
  },
  'names of members': { ['__proto__']: { polluted: true }, constructor: { name: HIT } },
  quotes: `${'> '.repeat(20_000)}deep`,
};

const on = stand({ empty: true }, async (daemon) => {
  const now = Date.now() / 1000;
  const spanOf = (name: string, index: number) => ({
    trace_id: `attack-${index}`,
    span_id: '1',
    name: `${name} <img src=x onerror="${HIT}">`,
    span_type: 'llm',
    start_time: now - 1,
    end_time: now,
    user_id: `<script>${HIT}</script>`,
  });
  for (const [index, [name, payload]] of Object.entries(attacks).entries())
    await daemon.post('/ingest', [{ ...spanOf(name, index), inputs: payload, outputs: payload }]);
  const deep = `${'['.repeat(10_000)}1${']'.repeat(10_000)}`;
  const whole = JSON.stringify([{ ...spanOf('deep', 99), inputs: 'PAYLOAD' }]);
  await fetch(`${daemon.url}/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: whole.replace('"PAYLOAD"', JSON.stringify(deep)),
  });
});

describe('what a payload brings along', () => {
  for (const name of [...Object.keys(attacks), 'deep'])
    it(`does nothing: ${name}`, async () => {
      const { page, complaints } = await visit(
        on.browser,
        `${on.daemon.url}/ui/traces?q=${encodeURIComponent(`name : "${name} "`)}`,
      );
      const elsewhere: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(on.daemon.url) && !request.url().startsWith('blob:'))
          elsewhere.push(request.url());
      });
      await page.locator('.rows .row a').first().click();
      await page.locator('.payload').first().waitFor();
      for (const mode of ['Tree', 'Raw', 'Read'])
        await page.locator('.payload').first().getByRole('button', { name: mode }).click();
      // The page answers, so no work of this payload holds it up.
      const began = Date.now();
      await page.evaluate(() => new Promise(requestAnimationFrame));
      expect(Date.now() - began).toBeLessThan(RESPONDS_MS);
      expect(await page.evaluate(() => 'hit' in window || 'polluted' in {})).toBe(false);
      expect(await page.locator('main :is(script, iframe, a[href^=javascript], a[href^=data])').count()).toBe(
        0,
      );
      expect(elsewhere).toEqual([]);
      expect(complaints).toEqual([]);
      await page.context().close();
    });
});
