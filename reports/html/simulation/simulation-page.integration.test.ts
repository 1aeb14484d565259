/** The page as a browser shows it: quiet, nothing wider than the screen, no label outside of its chart. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleSimulation } from '../../model/samples/sample-simulation.ts';
import { findChromium, launchChromium, openPage } from '../open-page.ts';
import { renderSimulationPage } from './simulation-page.ts';

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

describe.skipIf(findChromium() === undefined)('the page of a simulation in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test.each([1280, 720, 420, 340])('%i wide', { timeout: 120_000 }, async (width) => {
    await using opened = await openPage(browser, renderSimulationPage(sampleSimulation()), {
      viewport: { width, height: 900 },
    });
    expect(opened.incidents).toEqual([]);
    expect(await opened.page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(await opened.page.evaluate<string[]>(CLIPPED)).toEqual([]);
  });
});
