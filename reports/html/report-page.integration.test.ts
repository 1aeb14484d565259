import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutcomeReport } from '../model/run-report.ts';
import { fullReport, hostileReport } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { findChromium, launchChromium, openPage } from './open-page.ts';
import { renderHtmlReport } from './report-page.ts';

const OUTCOMES: readonly OutcomeReport[] = ['passed', 'failed', 'inconclusive', 'invalid'];

/** Texts of charts that reach out of their picture, and so may be cut. */
const CLIPPED = `[...document.querySelectorAll('svg.chart')].flatMap((svg) => {
  const box = svg.getBoundingClientRect();
  if (box.width === 0) return [];
  return [...svg.querySelectorAll('text')]
    .filter((text) => {
      const { left, right, top, bottom, width } = text.getBoundingClientRect();
      return width > 0 && (left < box.left - 2 || right > box.right + 2 || top < box.top - 2 || bottom > box.bottom + 2);
    })
    .map((text) => text.textContent);
})`;

describe.skipIf(findChromium() === undefined)('HTML report in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test.each(OUTCOMES)('%s: quiet, no network, nothing wider than the screen', async (outcome) => {
    for (const width of [1280, 720, 420, 340]) {
      await using opened = await openPage(browser, renderHtmlReport(sampleReport(outcome)), {
        viewport: { width, height: 900 },
      });
      expect(opened.incidents).toEqual([]);
      expect(await opened.page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
  });

  test.each(['passed', 'failed'] as const)(
    'rollout %s: quiet, nothing wider than screen or paper, no label outside its chart',
    { timeout: 120_000 },
    async (outcome) => {
      const page = renderHtmlReport(sampleRolloutReport(outcome));
      for (const width of [1280, 720, 420, 340]) {
        await using opened = await openPage(browser, page, { viewport: { width, height: 900 } });
        expect(opened.incidents).toEqual([]);
        expect(await opened.page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        expect(await opened.page.evaluate<string[]>(CLIPPED), `${width}`).toEqual([]);
      }
      // A4 with the page's own margins
      await using paper = await openPage(browser, page, { viewport: { width: 688, height: 900 } });
      await paper.page.emulateMedia({ media: 'print' });
      expect(await paper.page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(688);
    },
  );

  test('hostile text in every field neither runs nor loads', { timeout: 120_000 }, async () => {
    const report = fullReport('failed');
    const scrap = fc.constantFrom(
      '<script>',
      '</script>',
      '</style>',
      '</title>',
      '"',
      "'",
      '"onload="',
      'alert(1)',
      '<img src=x onerror=alert(1)>',
      '<svg onload=alert(1)>',
      '-->',
      ']]>',
      '&lt;',
      'javascript:alert(1)',
      '\u0000',
      '\u2028',
      '`$' + '{alert(1)}`',
      '=',
      '>',
      '<a href=http://x>',
    );
    const attacks = fc.sample(
      fc.array(scrap, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
      { numRuns: 12, seed: 20261121 },
    );
    for (const attack of ['<script>alert(1)</script>', '"onload="alert(1)', ...attacks]) {
      await using opened = await openPage(browser, renderHtmlReport(hostileReport(report, attack)));
      const { page, incidents } = opened;
      expect(incidents, attack).toEqual([]);
      const elements =
        'document.querySelectorAll("script,img,iframe,object,embed,link,base,form[action],a:not([href^=\\"#\\"])").length';
      expect(await page.evaluate<number>(elements), attack).toBe(1);
      const handlers =
        '[...document.querySelectorAll("*")].flatMap((e) => [...e.attributes]).filter((a) => /^on|^style$/i.test(a.name)).length';
      expect(await page.evaluate<number>(handlers), attack).toBe(0);
    }
  });

  test('an injected script would be stopped by the policy', async () => {
    const page = renderHtmlReport(sampleReport('failed')).replace(
      '<main>',
      '<main><script>alert(1)</script><img src="http://127.0.0.1:9/x">',
    );
    await using opened = await openPage(browser, page);
    expect(opened.incidents.filter((incident) => incident.startsWith('dialog'))).toEqual([]);
    expect(opened.incidents.join('\n')).toMatch(/Content Security Policy/);
  });

  test('all is there without a script', async () => {
    await using opened = await openPage(browser, renderHtmlReport(sampleReport('failed')), {
      javaScriptEnabled: false,
    });
    const text = await opened.page.locator('body').textContent();
    for (const part of [
      'Reviews are split 90/10',
      'Evidence audit',
      'the books balance',
      'canaryproof conform bookinfo',
    ])
      expect(text).toContain(part);
    expect(await opened.page.locator('.script-only:visible').count()).toBe(0);
  });

  test('the copy button copies the command', async () => {
    const report = sampleReport('passed');
    await using opened = await openPage(browser, renderHtmlReport(report), {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await opened.page.getByRole('button', { name: 'Copy' }).click();
    await opened.page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await opened.page.evaluate<string>('navigator.clipboard.readText()')).toBe(report.run.reproduce);
  });

  test('claims can be filtered, and a chip brings a hidden claim back', async () => {
    await using opened = await openPage(browser, renderHtmlReport(sampleReport('failed')));
    const { page } = opened;
    const shown = page.locator('#claim-list > li:visible');
    expect(await shown.count()).toBe(6);
    await page.getByLabel('passed').uncheck();
    expect(await shown.allInnerTexts()).toHaveLength(1);
    await page.getByLabel('passed').check();
    await page.getByPlaceholder('Filter claims').fill('argo synced');
    expect(await shown.count()).toBe(1);
    expect(await page.locator('[data-filter-count]').textContent()).toBe('1 of 6 shown');
    await page.locator('.chip', { hasText: 'Prometheus agrees' }).click();
    await page.locator('#claim-5').waitFor({ state: 'visible' });
    expect(await shown.count()).toBe(6);
  });

  test('one crosshair goes through all time charts and reads the series out', async () => {
    await using opened = await openPage(browser, renderHtmlReport(sampleReport('failed')));
    const { page, incidents } = opened;
    const chart = page.locator('#traffic .wide svg.time');
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    if (box === null) throw new Error('the chart is not shown');
    await page.mouse.move(box.x + box.width / 2, box.y + 60);
    const readout = page.locator('#traffic [data-readout]');
    expect(await readout.textContent()).toMatch(
      /^12:0\d:\d\d\.\d{3} {1,2}· {1,2}declared in git 10\s%.*Prometheus \d+\.\d.*ingress \d+\.\d\s% \[.*in-mesh \d/,
    );
    expect(await page.locator('.wide .crosshair.on').count()).toBe(2);
    await page.mouse.move(5, 5);
    expect(await readout.textContent()).toContain('Times are UTC');
    expect(incidents).toEqual([]);
  });

  test('dark and light differ, paper is always light and shows the folded parts', async () => {
    const ground = (scheme: 'dark' | 'light', media: 'screen' | 'print') => async () => {
      await using opened = await openPage(browser, renderHtmlReport(sampleReport('passed')), { colorScheme: scheme });
      await opened.page.emulateMedia({ media, colorScheme: scheme });
      return await opened.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    };
    expect(await ground('light', 'screen')()).toBe('rgb(244, 245, 247)');
    expect(await ground('dark', 'screen')()).toBe('rgb(13, 16, 20)');
    expect(await ground('dark', 'print')()).toBe('rgb(255, 255, 255)');
    await using opened = await openPage(browser, renderHtmlReport(sampleReport('passed')));
    await opened.page.emulateMedia({ media: 'print' });
    expect(await opened.page.locator('.block pre').first().isVisible()).toBe(true);
    expect(await opened.page.locator('.contents').isVisible()).toBe(false);
  });
});
