/** The search: what it may change, what it may not, and that its winner is measured again. */

import { describe, expect, it } from 'vitest';
import type { PolicyEdit } from '../../../reports/model/simulation/recommendation.ts';
import { runsOf, thorough } from '../../testkit/runner/thorough.ts';
import { runHere } from '../batches.ts';
import { CALM_LATENCY, okShare, policySource, scenario } from '../policy-fixture.ts';
import { candidatesOf } from './candidates.ts';
import { recommend } from './recommend.ts';
import { deadLimit, excess, frontOf, type Standing } from './standing.ts';

/** One short step, so that a release is soon simulated. */
const source = policySource(
  { query: okShare('30s'), interval: '10s', successCondition: 'result[0] >= 0.99' },
  { steps: ['50/60'] },
);
const variation = { scrapeIntervalMs: 5000, goodErrors: 0.002, badErrors: 0.2, varyThreshold: false, varySteps: false };

describe('candidates', () => {
  it('begin with today, hold each policy once, and differ in no field that was not given free', () => {
    const all = candidatesOf(source, variation);
    expect(all[0]).toMatchObject({ edits: [], changes: [] });
    expect(new Set(all.map(({ edits }) => JSON.stringify(edits))).size).toBe(all.length);
    const fields = new Set(all.flatMap(({ edits }) => edits.map(({ path }) => path.at(-1))));
    expect([...fields].sort()).toEqual(['failureLimit', 'initialDelay', 'interval', 'query', 'successCondition']);
    expect(all.length).toBe(360);
    const only = (words: string) => all.find(({ changes }) => changes.join(', ') === words)!;
    expect(only('bad only when it lasts 1m').edits[0]!.to).toMatch(/^max_over_time\(\(sum.*\)\[1m:5s\]\)$/s);
    // two errors of a canary with 20 % errors: ten requests in 30 s
    const few = 'empty and NaN answers pass, a numerator without series counts as 0, few requests are no answer';
    expect(only(few).edits[0]!.to).toMatch(/^\(sum.* or vector\(0\)\) \/ \(sum.* >= 0\.333\)$/s);
  });

  thorough('thresholds and steps move when they are free', () => {
    const free = candidatesOf(source, { ...variation, varyThreshold: true, varySteps: true });
    const edits = free.flatMap((candidate) => candidate.edits);
    const to = (field: string) => new Set(edits.filter(({ path }) => path.at(-1) === field).map((edit) => edit.to));
    expect(to('duration')).toEqual(new Set(['30s', '90s']));
    expect(to('setWeight')).toEqual(new Set([5, 20]));
    expect([...to('successCondition')]).toContain('result[0] >= 0.9485');
  });

  thorough('an analysis step also varies its count, and gets an interval with it', () => {
    const once = policySource(
      { query: okShare('1m'), successCondition: 'result[0] >= 0.99' },
      { steps: ['10/60'], asStep: true },
    );
    const counted = candidatesOf(once, variation).find(({ setting }) => setting.count === 5)!;
    expect(counted.edits.map(({ path, from, to }) => [path.at(-1), from, to])).toEqual([
      ['count', null, 5],
      ['interval', null, '30s'],
    ]);
  });
});

function search(
  changes: {
    readonly objection?: (edits: readonly PolicyEdit[]) => string | undefined;
    readonly rate?: number;
    readonly today?: typeof source;
    readonly releases?: number;
  } = {},
) {
  const good = scenario({
    ratePerSecond: changes.rate ?? 20,
    scrapeIntervalMs: 5000,
    stable: { errorShare: 0.01, latency: CALM_LATENCY },
    canaryErrors: 0.01,
  });
  return runHere(
    recommend({
      source: changes.today ?? source,
      varyThreshold: false,
      varySteps: false,
      objection: changes.objection ?? (() => undefined),
      good,
      badScenario: { ...good, canary: { ...good.canary, fault: { errorShare: 0.3 } } },
      releases: changes.releases ?? 100,
      seed: 3,
      maxFalse: 0.2,
      maxMiss: 0.05,
    }),
  );
}

describe('the search', () => {
  thorough('finds a policy that keeps limits which today breaks, and measures both on a fresh seed', () => {
    const { recommendation, policy } = search();
    expect(recommendation.verdict).toBe('change');
    expect(recommendation.today.falseStop.low).toBeGreaterThan(0.2);
    expect(recommendation.recommended!.falseStop.high).toBeLessThanOrEqual(0.2);
    expect(recommendation.recommended!.miss.high).toBeLessThanOrEqual(0.05);
    // a canary that answers nothing but errors must not slip through an empty answer
    expect(recommendation.recommended!.deadMiss.count).toBe(0);
    expect(recommendation.freshSeed).not.toBe(3);
    expect(policy).toBeDefined();
    expect(recommendation.heat.length).toBeGreaterThan(5);
    expect(recommendation.front.length).toBeGreaterThan(0);
  });

  it('a release may last half longer than a whole one of today, however early today stops good ones', () => {
    const metric = { query: okShare('30s'), interval: '10s', successCondition: 'result[0] >= 1' };
    const { recommendation } = search({ today: policySource(metric, { steps: ['50/60'] }), releases: runsOf(2, 20) });
    expect(recommendation.today.good.duration!.q50.ms).toBeLessThan(50_000);
    expect(recommendation.limits.maxDurationMs).toBeGreaterThanOrEqual(90_000);
    expect(recommendation.obstacle?.limit).not.toBe('max-duration');
  });
});

describe('standings', () => {
  const share = (p: number) => ({ count: 0, p, low: p / 2, high: p * 2 });
  const standing = (falseStop: number, miss: number, dead: number, badAnswers: number, wholeMs = 100) =>
    ({
      candidate: { changes: [`${falseStop}`], edits: [] },
      wholeMs,
      figures: {
        bad: { badAnswers },
        falseStop: share(falseStop),
        miss: share(miss),
        deadMiss: share(dead),
      },
    }) as unknown as Standing;
  const limits = { maxFalse: 0.1, maxMiss: 0.1, maxDurationMs: 100, maxDeadMiss: 0.1 };

  it.each([
    [standing(0.05, 0.05, 0.05, 1), 0, 0],
    [standing(0.1, 0.05, 0.05, 1), 0, 1],
    [standing(0.05, 0.1, 0.05, 1), 0, 1],
    [standing(0.05, 0.05, 0.1, 1), 0, 1],
    [standing(0.4, 0.05, 0.05, 1), 1, 7],
    [standing(0.05, 0.05, 0.05, 1, 150), 0.5, 0.5],
  ])('every limit counts, dead canaries too: case %#', (one, hopeful, sure) => {
    expect(excess(one, limits, 'low')).toBeCloseTo(hopeful, 9);
    expect(excess(one, limits, 'high')).toBeCloseTo(sure, 9);
  });

  it('dead canaries must be stopped as soon as any candidate does, else no less than today', () => {
    const dead = (p: number) => standing(0.1, 0, p, 5);
    expect(deadLimit(0.001, [dead(1), dead(0.5), dead(0)])).toBe(0.001);
    expect(deadLimit(0.001, [dead(0.4), dead(1)])).toBe(0.8);
  });

  it('the front holds what nothing beats in all three', () => {
    const front = frontOf([
      standing(0.1, 0, 0, 5),
      standing(0.2, 0, 0, 4),
      standing(0.2, 0, 0, 6),
      standing(0.1, 0, 0, 5),
    ]);
    expect(front.map(({ falseStop, badAnswers }) => [falseStop.p, badAnswers])).toEqual([
      [0.1, 5],
      [0.1, 5],
      [0.2, 4],
    ]);
  });
});
