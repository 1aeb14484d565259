/**
 * The proof in the size that fits a test run: 20 workers of 50 ms behind a real Envoy hold 350/s when a real k6 sends them
 * evenly, and do not when it sends them as independent users come (305/s). "Holds" is wrong at most once in 1,000 runs;
 * "does not" may take longer to know than a test has. `npm run prove-capacity` searches for the brackets.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { programFrom } from '../../bench/child-program.ts';
import { CAPACITY_ASSURANCE } from '../../capacity/search/search-settings.ts';
import { findK6 } from '../../cli/compose/find-k6.ts';
import { openPlane } from './plane.ts';
import { searchPlane } from './search-plane.ts';
import { SYSTEMS } from './systems.ts';

const RATE = 350;
let runsDirectory: string;
beforeAll(() => {
  runsDirectory = mkdtempSync(path.join(tmpdir(), 'canaryproof-prove-'));
});
afterAll(() => rmSync(runsDirectory, { recursive: true }));

it.each([
  ['a-paced', ['passed']],
  ['a-poisson', ['failed', 'inconclusive']],
])(`%s at ${RATE}/s: %j`, { timeout: 180_000 }, async (key, expected) => {
  const { plane: spec, ask } = SYSTEMS.find((system) => system.key === key)!;
  const k6 = (await findK6(process.env, await programFrom('CANARYPROOF_K6', 'k6')))!;
  await using plane = await openPlane(await programFrom('CANARYPROOF_ENVOY', 'envoy'), spec);
  const { outcome, codes, sentence } = await searchPlane(
    { k6, runsDirectory, signal: new AbortController().signal },
    plane.urlOf('pool'),
    { ...ask, holds: RATE },
    { seed: 11, level: { ...CAPACITY_ASSURANCE.smoke, budgetSeconds: 85 } },
  );
  // a machine that is too busy is said to be so, and then nothing is said of the pool
  if (outcome === 'invalid') expect(codes).toContainEqual(expect.stringMatching(/^CAPACITY_[A-Z_]+$/));
  else {
    expect(expected).toContain(outcome);
    expect(sentence).toContain(`${RATE}/s`);
  }
});
