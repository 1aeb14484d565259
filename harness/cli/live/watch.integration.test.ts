import { appendFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findChromium, launchChromium } from '../../../reports/html/open-page.ts';
import { renderRunReportJson } from '../../../reports/model/read-run-report.ts';
import { sampleReport } from '../../../reports/model/samples/sample-report.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import { formatLive, liveSplit } from '../../traffic/live-view.ts';
import { ASSURANCE, createSplitJudge } from '../../verdict/split-judge.ts';
import { watch } from './watch.ts';

const expectation = {
  arms: [
    { name: 'v1', share: 0.9 },
    { name: 'v2', share: 0.1 },
  ],
  ...ASSURANCE.default,
  lookEvery: 20,
};
const phase = { id: 's', claimId: 'b/split', title: 'reviews 90/10', path: 'mesh' as const, expectation };

describe.skipIf(findChromium() === undefined)('watch in a browser', () => {
  let browser: Browser;
  let directory: string;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await removeOwnTree(directory);
  });
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-watch-'));
    const record = {
      schemaVersion: '1',
      id: 'run',
      kind: 'conform',
      startedAt: 1_000,
      command: ['x'],
      state: 'running',
    };
    await writeFile(path.join(directory, 'run.json'), JSON.stringify(record));
  });

  test('the open page grows with the run and becomes its report, without a sound', async () => {
    const stop = new AbortController();
    const say = (event: object) => appendFile(path.join(directory, 'events.jsonl'), `${JSON.stringify(event)}\n`);
    const judge = createSplitJudge(expectation);
    const weigh = async (n: number) => {
      for (let i = 0; i < n; i += 1) judge.observe((i * 7919) % 101 < 10 ? 'v2' : 'v1', `vu${i % 50}`);
      const text = formatLive(expectation.arms[1]!, judge.progress);
      const split = liveSplit(phase, judge.progress, 1_000);
      await say({ type: 'step-updated', atMs: 3_000, name: phase.title, text, split });
    };
    const every = (ms: number, callback: () => void) => {
      const timer = setInterval(callback, ms);
      return () => clearInterval(timer);
    };
    let over: Promise<void> = Promise.resolve();
    const { url } = await new Promise<{ url: string }>((resolve, reject) => {
      const world = { now: Date.now, every, interruption: { signal: stop.signal, exitCode: () => undefined } };
      over = watch(world, { runDirectory: directory, runsDirectory: directory, port: 0 }, resolve);
      over.catch(reject);
    });
    const page = await browser.newPage({ viewport: { width: 420, height: 900 } });
    const incidents: string[] = [];
    page.on('console', (message) => incidents.push(message.text()));
    page.on('pageerror', (error) => incidents.push(error.message));
    await say({ type: 'claim', atMs: 2_000, claim: { id: 'b/split', title: 'Reviews are split', state: 'running' } });
    await say({ type: 'step-started', atMs: 2_500, name: phase.title });
    await page.goto(url);
    await page.getByText('Reviews are split').first().waitFor();
    await weigh(500);
    await page.getByText('n 500').first().waitFor();
    await weigh(1_000);
    await page.getByText('n 1 500').first().waitFor();
    expect(await page.locator('#splits .arm').count()).toBe(2);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(420);
    await writeFile(path.join(directory, 'result.json'), renderRunReportJson(sampleReport('passed')));
    await page.locator('#verdict').waitFor();
    expect(incidents).toEqual([]);
    await page.close();
    stop.abort();
    await over;
  });
});
