import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderAll } from './all-writers.ts';
import { findChromium, launchChromium, openPage } from './html/open-page.ts';
import { renderJunitXml } from './junit/junit-xml.ts';
import { hostileReport } from './model/samples/hostile-report.ts';
import { sampleReport } from './model/samples/sample-report.ts';

const ATTACKS = ['<script>alert(1)</script>', '"onload="alert(1)', ']]>&amp;\u0000\u001b\ufffe', '\r\n\t<!--'];

describe.skipIf(findChromium() === undefined)('other formats, read by a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test('JUnit is well-formed XML whatever the strings, and keeps them', async () => {
    await using opened = await openPage(browser, '<!doctype html><title>x</title>');
    for (const attack of ATTACKS) {
      const report = hostileReport('failed', attack);
      const parsed = await opened.page.evaluate((xml) => {
        const { DOMParser: Parser } = globalThis as unknown as {
          DOMParser: new () => { parseFromString(text: string, type: string): Parsed };
        };
        interface Parsed {
          querySelectorAll(
            selector: string,
          ): ArrayLike<{ getAttribute(name: string): string | null; textContent: string }>;
        }
        const document = new Parser().parseFromString(xml, 'application/xml');
        const all = (selector: string) => Array.from(document.querySelectorAll(selector));
        return {
          errors: all('parsererror').map((one) => one.textContent),
          cases: all('testsuite > testcase').length,
          messages: all('failure').map((one) => one.getAttribute('message')),
        };
      }, renderJunitXml(report));
      expect(parsed.errors, attack).toEqual([]);
      expect(parsed.cases).toBe(report.claims.length + report.boundaries.length + 1);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML cannot hold
      const asXmlKeepsIt = (text: string) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe]/g, '\ufffd');
      expect(parsed.messages).toContain(asXmlKeepsIt(report.headline));
    }
  });

  test('PNG files are pictures that a browser decodes', async () => {
    await using opened = await openPage(browser, '<!doctype html><title>x</title>');
    for (const [name, content] of await renderAll(sampleReport('failed'))) {
      if (!name.endsWith('.png')) continue;
      const bitmap = await opened.page.evaluate(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const decode = (
          globalThis as unknown as { createImageBitmap(blob: Blob): Promise<{ width: number; height: number }> }
        ).createImageBitmap;
        const { width, height } = await decode(new Blob([bytes], { type: 'image/png' }));
        return { width, height };
      }, Buffer.from(content).toString('base64'));
      expect(bitmap.width, name).toBeGreaterThan(1000);
      expect(bitmap.height, name).toBeGreaterThan(500);
    }
  });
});
