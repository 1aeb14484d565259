/** Levels for every share that is wanted, and what unit leaves out of policy.test.ts. */
import './policy.test.ts';
import { expect, it } from 'vitest';
import { okShare, policy, scenario } from '../../simulation/policy-fixture.ts';
import { cellOf, predict, secondsOf } from './predicted.ts';

it('levels are found for the shares that are wanted, and times are told to the interval', () => {
  const of = policy(
    { query: okShare('30s'), interval: '10s', count: 2, successCondition: 'result[0] >= 0.99' },
    { steps: ['50/35'], asStep: true },
  );
  const [tenth, half] = predict(of, scenario({ ratePerSecond: 30, scrapeIntervalMs: 2000 }), {
    ...{ wanted: [0.1, 0.5], releases: 300, seed: 3, intervalMs: 10_000, searched: 200 },
  });
  expect(tenth!.stopped / tenth!.releases).toBeCloseTo(0.1, 1);
  expect(half!.stopped / half!.releases).toBeCloseTo(0.5, 1);
  expect(half!.errorShare).toBeGreaterThan(tenth!.errorShare);
  expect(Object.keys(half!.cells).sort()).toEqual(['aborted 1', 'aborted 2', 'promoted']);
  expect(Object.keys(half!.seconds).sort()).toEqual(['0', '10']);
  const run = { outcome: 'aborted', measuredMs: [1000, 12_000, 22_900] } as const;
  expect([cellOf(run), secondsOf(run, 10_000)]).toEqual(['aborted 3', '20']);
});
