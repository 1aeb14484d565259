/** Shares of answers below a bucket's bound, assumed and measured, and what a quantile of them decides. */
import { describe, expect, it } from 'vitest';
import type { Latency } from '../../reports/model/simulation/latency.ts';
import { binomialTwoSidedPValue } from '../stats/proportion.ts';
import { checkLatency, sharesBelow, undecidedShare } from './latency-model.ts';
import { ENVOY_BOUNDS_MS, policy, quantileMs, scenario } from './policy-fixture.ts';
import { createSimulator } from './simulate-release.ts';
import { assumptionsOf, warningsOf } from './simulation-guards.ts';

const measured = (boundsMs: readonly number[], counts: readonly number[]) => ({ from: 'a file', boundsMs, counts });
const RUNS = 1000;

/** 600 requests of an evenly spaced generator are measured once. */
function strict(quantile: number) {
  const times = { count: 1, initialDelay: '300s', successCondition: 'result[0] < 500' };
  return policy({ query: quantileMs(quantile, '75s'), ...times }, { steps: ['10'], asStep: true });
}

function aborted(quantile: number, latency: Latency, runs = RUNS): number {
  const meeting = scenario({ arrivals: 'paced', canary: { errorShare: 0, latency } });
  const { simulate } = createSimulator(strict(quantile), meeting, 20261130);
  return Array.from({ length: runs }, (_, run) => simulate(run)).filter(({ outcome }) => outcome === 'aborted').length;
}

describe('a measured distribution', () => {
  const found = measured([10, 50, 200], [10, 70, 15, 5]);

  it('is exact at its bounds, even in between, and has nothing of the last bin below any bound', () => {
    expect(sharesBelow(found, [10, 50, 200, 1e6])).toEqual([0.1, 0.8, 0.95, 0.95]);
    expect(sharesBelow(found, [0, 5, 30, 125])).toEqual([0, 0.05, 0.45, 0.875]);
  });

  it('in a share of slow answers: the same one, times as slow, mixed in', () => {
    const [share] = sharesBelow({ ...found, slow: { share: 0.3, times: 10 } }, [100]);
    expect(share).toBeCloseTo(0.7 * (0.8 + (0.15 * 50) / 150) + 0.3 * 0.1, 12);
  });

  it('V5 again: p95 < 500 ms of 600 requests, of which 5.5 % were measured above it', () => {
    // 0.9499: at 0.95 a window with exactly 30 slow ones is decided by the last bit
    const count = aborted(0.9499, measured([100, 500], [9000, 450, 550]));
    expect(binomialTwoSidedPValue(count, RUNS, 0.66499)).toBeGreaterThan(1e-5);
  });

  it('sees a second mode, which a lognormal of the same median and spread smooths away', () => {
    const two = measured([40, 50, 600, 700], [0, 9700, 0, 300, 0]);
    const spread = Math.sqrt(0.97 * 0.03) * Math.log(650 / 45);
    expect(aborted(0.99, two, 50)).toBe(50);
    expect(aborted(0.99, { medianMs: 45, sigma: spread }, 50)).toBe(0);
  });

  it('says where it comes from, and warns where a bound lies within a full bin', () => {
    const coarse = measured([250, 1000], [9000, 1000, 0]);
    expect([undecidedShare(coarse, 500), undecidedShare(coarse, 250), undecidedShare(coarse, 2500)]).toEqual([
      0.1, 0, 0,
    ]);
    expect(undecidedShare({ medianMs: 80, sigma: 0.5 }, 500)).toBe(0);
    const meeting = scenario({ stable: { errorShare: 0, latency: coarse }, bucketBoundsMs: ENVOY_BOUNDS_MS });
    const warnings = warningsOf(createSimulator(strict(0.95), meeting, 1).compiled, meeting);
    expect(warnings.filter(({ code }) => code === 'LATENCY_COARSE').map(({ sentence }) => sentence)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^10 % of the measured answers .* bucket bound 500 ms/)]),
    );
    expect(assumptionsOf(meeting)).toContain('answers take as long as 10000 measured ones did (a file)');
    const exact = scenario({ stable: { errorShare: 0, latency: measured([100, 500], [9000, 450, 550]) } });
    const quiet = warningsOf(createSimulator(strict(0.95), exact, 1).compiled, exact);
    expect(quiet.filter(({ sentence }) => sentence.includes('bound 500 ms'))).toEqual([]);
    expect(assumptionsOf(scenario()).join()).not.toContain('measured');
  });
});

it.each<[Latency]>([
  [{ medianMs: 0, sigma: 1 }],
  [{ medianMs: 80, sigma: -1 }],
  [{ medianMs: 80, sigma: Number.POSITIVE_INFINITY }],
  [{ medianMs: 80, sigma: 0.5, slow: { share: 0.05, times: 0.5 } }],
  [measured([], [5])],
  [measured([0, 10], [1, 1, 0])],
  [measured([20, 10], [1, 1, 0])],
  [measured([10, 10], [1, 1, 0])],
  [measured([10, 20], [1, 1])],
  [measured([10, 20], [1, -1, 0])],
  [measured([10, 20], [1, 0.5, 0])],
  [measured([10, Number.NaN], [1, 1, 0])],
  [measured([10, 20], [0, 0, 0])],
  [{ ...measured([10], [1, 0]), slow: { share: 2, times: 2 } }],
])('%j is refused', (latency) => {
  expect(() => checkLatency(latency)).toThrow(expect.objectContaining({ code: 'SIMULATION_LATENCY', exitCode: 2 }));
  expect(() => checkLatency(measured([10, 20], [0, 1, 0]))).not.toThrow();
});
