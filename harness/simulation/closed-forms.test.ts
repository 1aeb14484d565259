/** A small core of validation.thorough.test.ts: a closed form for each part of the simulator, and a control each. */
import { describe, expect, it } from 'vitest';
import { binomialTwoSidedPValue } from '../stats/proportion.ts';
import type { Policy } from './policy.ts';
import { CALM_LATENCY, okShare, policy, referencePolicy, scenario } from './policy-fixture.ts';
import type { Scenario } from './scenario.ts';
import { createSimulator, type Release } from './simulate-release.ts';

const RUNS = 400;
/** Chance of one wrong refutation among the eight comparisons here: below 1e-4. */
const ALPHA = 1e-5;

function releases(of: Policy, meeting: Scenario, runs = RUNS): Release[] {
  const { simulate } = createSimulator(of, meeting, 20261128);
  return Array.from({ length: runs }, (_, run) => simulate(run));
}

const aborted = (all: readonly Release[]) => all.filter(({ outcome }) => outcome === 'aborted').length;
const agreesWith = (found: number, p: number) => binomialTwoSidedPValue(found, RUNS, p) >= ALPHA;

/** Windows that share no scrape: 450 requests of the canary in each. */
function apart(failureLimit: number): Policy {
  return policy(
    {
      ...{ query: okShare('1m'), interval: '61s', count: 5, initialDelay: '300s', failureLimit },
      successCondition: 'result[0] >= 0.99',
    },
    { steps: ['10'], asStep: true },
  );
}

describe('closed forms, few runs', () => {
  const paced = { arrivals: 'paced', canaryErrors: 0.005 } as const;

  it('V1, V2: failures of windows apart are binomial, for paced and for Poisson traffic; with one more allowed they are not', () => {
    expect(agreesWith(aborted(releases(apart(0), scenario(paced))), 0.331988)).toBe(true);
    expect(agreesWith(aborted(releases(apart(0), scenario({ canaryErrors: 0.005 }))), 0.333541)).toBe(true);
    expect(agreesWith(aborted(releases(apart(1), scenario(paced))), 0.051307)).toBe(true);
    expect(agreesWith(aborted(releases(apart(1), scenario(paced))), 0.331988)).toBe(false);
  });

  it('V4: errors in bursts are not independent ones', () => {
    const found = aborted(releases(apart(0), scenario({ ...paced, fano: 3 })));
    expect(agreesWith(found, 0.5724)).toBe(true);
    expect(agreesWith(found, 0.331988)).toBe(false);
  });

  it('V3: an empty window is no success', () => {
    const of = policy(
      {
        ...{ query: okShare('30s'), interval: '31s', count: 10, initialDelay: '120s' },
        successCondition: 'result[0] >= 0.99',
      },
      { steps: ['10'], asStep: true },
    );
    const all = releases(of, scenario({ ratePerSecond: 2 }));
    expect(agreesWith(aborted(all), 0.39992)).toBe(true);
    expect(all.every(({ outcome, cause }) => outcome !== 'aborted' || cause === 'nan')).toBe(true);
  });

  it('V6, V7: no good answer, or one scrape in the window, is an Error at the fifth measurement', () => {
    const nothingGood = releases(referencePolicy('1m', 2), scenario({ canaryErrors: 1 }), 30);
    const oneScrape = releases(referencePolicy('30s', 2), scenario({ scrapeIntervalMs: 30_000 }), 30);
    for (const { verdict, durationMs } of [...nothingGood, ...oneScrape])
      expect([verdict, durationMs]).toEqual(['Error', 40_250]);
  });

  it('V10: a burst before the first scrape is never seen, one across it always', () => {
    const during = (fromMs: number, untilMs: number) => {
      const canary = { errorShare: 0, latency: CALM_LATENCY, fault: { errorShare: 0.5, fromMs, untilMs } };
      return releases(referencePolicy('1m', 0), scenario({ canary, scrapePhaseMs: 10_000 }), 30);
    };
    expect([aborted(during(6000, 14_000)), aborted(during(6000, 20_000))]).toEqual([0, 30]);
  });
});
