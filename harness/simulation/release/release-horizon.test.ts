import { expect, it } from 'vitest';
import { okShare, policy, scenario } from '../policy-fixture.ts';
import { createSimulator } from '../simulate-release.ts';
import { releaseHorizonMs } from './release-horizon.ts';

const DAY_MS = 86_400_000;
/** A step that ends only by a failure, which never comes. */
const endless = policy(
  { query: okShare('1m'), interval: '30s', initialDelay: '2m', successCondition: 'result[0] >= 0' },
  { steps: ['10/60'], asStep: true },
);

it('a release that goes on forever is told as such after a day, and costs no week', () => {
  const release = createSimulator(endless, scenario({ ratePerSecond: 5 }), 1).simulate(0);
  expect(release.outcome).toBe('stuck');
  expect(release.durationMs).toBeGreaterThan(DAY_MS);
  expect(release.durationMs).toBeLessThan(1.1 * DAY_MS);
});

it('pauses and analyses count beside the day, however long they are', () => {
  const slow = policy(
    { query: okShare('1m'), interval: '1h', count: 48, successCondition: 'true' },
    { steps: ['10/172800'], asStep: true },
  );
  expect(releaseHorizonMs(slow, 0)).toBe(DAY_MS + 2 * DAY_MS + 2 * DAY_MS);
  expect(
    createSimulator(slow, scenario({ ratePerSecond: 0.01, scrapeIntervalMs: 3_600_000 }), 1).simulate(0).outcome,
  ).not.toBe('stuck');
});
