/** Kinds of bad canaries, each against what it must be by its definition. */
import { describe, expect, it } from 'vitest';
import { runHere } from './batches.ts';
import { sharesBelow } from './latency-model.ts';
import { CALM_LATENCY, okShare, policy, referencePolicy, scenario } from './policy-fixture.ts';
import type { Fault } from './scenario.ts';
import { simulate } from './simulate.ts';
import { createSimulator } from './simulate-release.ts';

const RUNS = 200;
/** Never stops anything, so that all answers of a release are counted. */
const patient = policy(
  { query: okShare('1m'), interval: '60s', failureLimit: 1000, successCondition: 'result[0] >= 0.99' },
  { steps: ['10/120', '50/120'] },
);

function releases(fault: Fault, of = patient, arrivals: 'paced' | 'poisson' = 'paced') {
  const canary = { errorShare: 0, latency: CALM_LATENCY, fault };
  const { simulate: release } = createSimulator(of, scenario({ canary, arrivals, podReadyMs: 0, weightDelayMs: 0 }), 8);
  return Array.from({ length: RUNS }, (_, run) => release(run));
}

/** 10/s for 120 s, then 50/s for 120 s. */
const meanBad = (fault: Fault) => releases(fault).reduce((sum, { badAnswers }) => sum + badAnswers, 0) / RUNS;

describe('a canary that is bad', () => {
  it('in one of five pods has a fifth of the errors, byte for byte', () => {
    expect(JSON.stringify(releases({ errorShare: 0.05, pods: 5 }))).toBe(
      JSON.stringify(releases({ errorShare: 0.01 })),
    );
  });

  it('more and more: half of the errors while it grows, in the mean', () => {
    // 0 to 50 % within the first step: 1200 requests at 25 %; then 6000 at 50 %
    const found = meanBad({ errorShare: 0.5, growsForMs: 120_000 });
    expect(Math.abs(found / 3300 - 1)).toBeLessThan(0.01);
    expect(meanBad({ errorShare: 0.5 })).toBeGreaterThan(3550);
  });

  it('only from a weight is good below it, and its time counts from there', () => {
    const strict = referencePolicy('1m', 0);
    const late = releases({ errorShare: 0.5, fromWeight: 0.5 }, strict, 'poisson');
    expect(late.every(({ outcome, weight }) => outcome === 'aborted' && weight >= 0.5)).toBe(true);
    // the third step begins after 240 s
    expect(late.every(({ sinceFaultMs, durationMs }) => Math.abs(durationMs - sinceFaultMs - 240_000) < 1500)).toBe(
      true,
    );
    expect(releases({ errorShare: 0.5 }, strict, 'poisson').every(({ weight }) => weight < 0.5)).toBe(true);
  });

  it('in a share of slow answers: their own distribution, mixed in', () => {
    const bounds = [100, 500, 1000];
    const quick = sharesBelow(CALM_LATENCY, bounds);
    const slow = sharesBelow({ ...CALM_LATENCY, medianMs: 800 }, bounds);
    const mixed = sharesBelow({ ...CALM_LATENCY, slow: { share: 0.3, times: 10 } }, bounds);
    for (const [index, share] of mixed.entries())
      expect(share).toBeCloseTo(0.7 * quick[index]! + 0.3 * slow[index]!, 12);
  });
});

it('several kinds in one report: the limit holds for the worst', () => {
  const bad = (errorShare: number, name: string) => ({ name, fault: { errorShare }, latency: CALM_LATENCY });
  const report = runHere(
    simulate({
      policy: referencePolicy('1m', 2),
      scenario: scenario(),
      bad: bad(0.5, 'half'),
      alsoBad: [bad(0.001, 'hardly'), bad(1, 'dead')],
      releases: 60,
      seed: 1,
      fanoKnown: true,
      maxFalse: undefined,
      maxMiss: 0.2,
    }),
  );
  expect(report.miss!.count).toBe(0);
  expect(report.others.map(({ canary, miss }) => [canary, miss.p])).toEqual([
    ['hardly', 1],
    ['dead', 0],
  ]);
  expect(report.limits).toEqual([{ name: 'max-miss', limit: 0.2, verdict: 'failed' }]);
});

it('a canary that is slow is named by it, and one with errors by them', () => {
  const ask = {
    policy: referencePolicy('1m', 0),
    scenario: scenario(),
    releases: 1,
    seed: 1,
    fanoKnown: true,
    maxFalse: undefined,
    maxMiss: undefined,
  };
  const slow = { fault: { errorShare: 0 }, latency: { ...CALM_LATENCY, medianMs: 900 } };
  const report = runHere(
    simulate({ ...ask, bad: slow, alsoBad: [{ fault: { errorShare: 0.3 }, latency: CALM_LATENCY }] }),
  );
  expect([report.inputs.badCanary, report.others[0]!.canary]).toEqual([
    '0 % errors, answers in 900 ms, median',
    '30 % errors',
  ]);
});
