/** The pages as a browser shows them: quiet, nothing wider than the screen, no label outside of its chart. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleSimulation } from '../../model/samples/sample-simulation.ts';
import { findChromium, launchChromium, openPage } from '../open-page.ts';
import { renderSideBySidePage } from './side-by-side-page.ts';
import { renderSimulationPage } from './simulation-page.ts';

/** Names as long as they come, a policy that was not simulated, and one that stops nothing. */
function sideBySide(): string {
  const document = sampleSimulation();
  const blind = { ...document, bad: { ...document.bad!, timeToStop: null }, recommendation: null };
  const unit = 'kustomization deploy/overlays/a-stage-with-a-long-name';
  const policies = ['every-minute-five-strikes-and-a-human-at-the-end', 'shop', 'a'].map((policy, index) => ({
    ...{ policy, unit, refused: null },
    document: index === 1 ? blind : document,
  }));
  const why = 'metric smoke has the provider job, which a simulation cannot ask';
  return renderSideBySidePage([
    ...policies,
    { policy: 'cart', unit, document: null, refused: { code: 'SIMULATION_PROVIDER', why } },
  ]);
}
const PAGES = { one: renderSimulationPage(sampleSimulation()), several: sideBySide() };

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

describe.skipIf(findChromium() === undefined)('the pages of a simulation in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test.each(
    (['one', 'several'] as const).flatMap((page) => [1280, 720, 420, 375, 340].map((width) => [page, width] as const)),
  )('%s, %i wide', { timeout: 120_000 }, async (name, width) => {
    await using opened = await openPage(browser, PAGES[name], { viewport: { width, height: 900 } });
    expect(opened.incidents).toEqual([]);
    expect(await opened.page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(await opened.page.evaluate<string[]>(CLIPPED)).toEqual([]);
  });
});
