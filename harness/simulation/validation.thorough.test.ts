/** The design's reference table and V1 to V10: closed forms by exact binomial tests, tables by a two-sample test. */
import { describe, expect, it } from 'vitest';
import { binomialLowerTail, binomialTwoSidedPValue, binomialUpperTail } from '../stats/proportion.ts';
import { normalTwoSidedTail } from '../stats/special-functions.ts';
import { sigmaForSlowShare } from './latency-model.ts';
import type { Policy } from './policy.ts';
import {
  CALM_LATENCY,
  guardedOkShare,
  okShare,
  policy,
  quantileMs,
  referencePolicy,
  scenario,
} from './policy-fixture.ts';
import type { Scenario } from './scenario.ts';
import { createSimulator, type Release } from './simulate-release.ts';

const RUNS = 4000;
/** Chance of one wrong refutation among the 60 comparisons here: below 1e-3. */
const ALPHA = 1e-5;
/** The tables were computed with a controller and pods that take no time. */
const AT_ONCE = { podReadyMs: 0, weightDelayMs: 0 };

function releases(of: Policy, meeting: Scenario, runs = RUNS): Release[] {
  const { simulate } = createSimulator(of, meeting, 20261128);
  return Array.from({ length: runs }, (_, run) => simulate(run));
}

const countOf = (all: readonly Release[], test: (release: Release) => boolean) => all.filter(test).length;
const isAborted = ({ outcome }: Release) => outcome === 'aborted';

function agreesWith(found: number, p: number): boolean {
  return binomialTwoSidedPValue(found, RUNS, p) >= ALPHA;
}

/** A share that was itself estimated from 4,000 runs. */
function agreesWithEstimate(found: number, estimate: number): boolean {
  const pooled = (found / RUNS + estimate) / 2;
  if (pooled === 0 || pooled === 1) return true;
  return normalTwoSidedTail(Math.abs(found / RUNS - estimate) / Math.sqrt((pooled * (1 - pooled) * 2) / 4000)) >= ALPHA;
}

function quantileOf(all: readonly Release[], share: number): number {
  const times = all.filter(isAborted).map(({ sinceFaultMs }) => sinceFaultMs / 1000);
  return times.sort((a, b) => a - b)[Math.ceil(share * times.length) - 1]!;
}

describe('the reference table', () => {
  it.each([
    ['30s', 0, 0.102, 0.696, [30, 50, 308]],
    ['30s', 2, 0, 0.095, [90, 110, 913]],
    ['1m', 0, 0.0097, 0.251, [30, 50, 307]],
    ['1m', 2, 0, 0.0097, [90, 110, 909]],
    ['2m', 0, 0.0065, 0.098, [30, 50, 307]],
    ['2m', 2, 0, 0.0073, [90, 110, 909]],
  ] as const)('window %s, limit %i', (window, limit, slight, doubtful, [q50, q95, requests]) => {
    const of = referencePolicy(window, limit);
    const aborted = (canaryErrors: number) => countOf(releases(of, scenario({ canaryErrors, ...AT_ONCE })), isAborted);
    expect(agreesWithEstimate(aborted(0.002), slight)).toBe(true);
    expect(agreesWithEstimate(aborted(0.005), doubtful)).toBe(true);
    const bad = releases(of, scenario({ canaryErrors: 0.05, ...AT_ONCE }));
    expect(countOf(bad, isAborted)).toBe(RUNS);
    expect(Math.round(quantileOf(bad, 0.5))).toBe(q50);
    expect(Math.round(quantileOf(bad, 0.95))).toBe(q95);
    // 10/s for 30 to 50 s: the mean of 4,000 differs from that of the table by 2 % at most
    const mean = bad.reduce((sum, { canaryRequests }) => sum + canaryRequests, 0) / RUNS;
    expect(Math.abs(mean / requests - 1)).toBeLessThan(0.02);
  });

  it.each([
    [2, 0.202, 0.035],
    [1, 0.713, 0.173],
    [0.2, 1, 0.713],
  ])(
    'a perfect canary of %f requests/s in total is stopped as often, and as often by Error',
    (rate, aborted, error) => {
      const all = releases(referencePolicy('30s', 0), scenario({ ratePerSecond: rate, ...AT_ONCE }));
      expect(agreesWithEstimate(countOf(all, isAborted), aborted)).toBe(true);
      expect(
        agreesWithEstimate(
          countOf(all, ({ verdict }) => verdict === 'Error'),
          error,
        ),
      ).toBe(true);
    },
  );

  it('control: with one scrape phase for every run, with pods that take 5 s, or with guards it is another table', () => {
    const perfect = (changes: Partial<Scenario>, of = referencePolicy('30s', 0)) =>
      countOf(releases(of, scenario({ ratePerSecond: 2, ...AT_ONCE, ...changes })), isAborted);
    expect(agreesWithEstimate(perfect({ scrapePhaseMs: 12_000 }), 0.202)).toBe(false);
    expect(agreesWithEstimate(perfect({ podReadyMs: 5000, weightDelayMs: 1000 }), 0.202)).toBe(false);
    const guards = 'len(result) == 0 || isNaN(result[0]) || result[0] >= 0.99';
    const guarded = policy({ query: okShare('30s'), interval: '30s', successCondition: guards });
    expect(perfect({}, guarded)).toBe(0);
  });

  it('a guarded policy of 2m, limit 2, delay 60 s at 2/s never stops a good one, and every bad one', () => {
    const successCondition = 'len(result) == 0 || isNaN(result[0]) || result[0] >= 0.99';
    const of = policy({
      query: okShare('2m'),
      interval: '30s',
      failureLimit: 2,
      initialDelay: '60s',
      successCondition,
    });
    const slow = (canaryErrors: number) => releases(of, scenario({ ratePerSecond: 2, canaryErrors, ...AT_ONCE }));
    expect(countOf(slow(0), isAborted)).toBe(0);
    const bad = slow(0.05);
    expect(agreesWithEstimate(countOf(bad, isAborted), 1)).toBe(true);
    // measured every 30 s: the median of 210 s says that half of them are stopped by then
    expect(
      agreesWithEstimate(
        countOf(bad, ({ sinceFaultMs }) => sinceFaultMs < 215_000),
        0.5,
      ),
    ).toBe(true);
    expect(Math.round(quantileOf(bad, 0.95) / 10)).toBe(33);
    const worse = slow(0.5);
    expect([quantileOf(worse, 0.5), quantileOf(worse, 0.95)].map(Math.round)).toEqual([120, 150]);
    const answers = bad.reduce((sum, { badAnswers }) => sum + badAnswers, 0) / RUNS;
    expect(Math.abs(answers - 4.4)).toBeLessThan(0.3);
  });
});

/** Windows that share no scrape, long after both series have begun: 10/s to the canary, 450 requests in a window. */
function apart(failureLimit: number, count = 5): Policy {
  return policy(
    {
      query: okShare('1m'),
      interval: '61s',
      count,
      initialDelay: '300s',
      failureLimit,
      successCondition: 'result[0] >= 0.99',
    },
    { steps: ['10'], asStep: true },
  );
}

describe('closed forms', () => {
  const paced = { arrivals: 'paced', canaryErrors: 0.005 } as const;

  it.each([
    [0, 0.331988],
    [1, 0.051307],
    [2, 0.004134],
  ])('V1: paced traffic, limit %i', (limit, p) => {
    expect(agreesWith(countOf(releases(apart(limit), scenario(paced)), isAborted), p)).toBe(true);
  });

  it.each([
    [0, 0.333541],
    [1, 0.051831],
    [2, 0.0042],
  ])('V2: Poisson traffic, limit %i', (limit, p) => {
    const all = releases(apart(limit), scenario({ canaryErrors: 0.005 }));
    expect(agreesWith(countOf(all, isAborted), p)).toBe(true);
  });

  it('V3: no request in the window fails a success condition, passes a failure condition, and pauses with both', () => {
    const of = (conditions: object) =>
      policy(
        { query: okShare('30s'), interval: '31s', count: 10, initialDelay: '120s', ...conditions },
        { steps: ['10'], asStep: true },
      );
    const meeting = scenario({ ratePerSecond: 2 });
    const success = releases(of({ successCondition: 'result[0] >= 0.99' }), meeting);
    expect(agreesWith(countOf(success, isAborted), 0.39992)).toBe(true);
    expect(success.filter(isAborted).every(({ cause }) => cause === 'nan')).toBe(true);
    const failure = releases(of({ failureCondition: 'result[0] < 0.99' }), meeting);
    expect(countOf(failure, ({ outcome }) => outcome === 'promoted')).toBe(RUNS);
    const both = releases(of({ successCondition: 'result[0] >= 0.99', failureCondition: 'result[0] < 0.99' }), meeting);
    expect(
      agreesWith(
        countOf(both, ({ outcome }) => outcome === 'paused'),
        0.39992,
      ),
    ).toBe(true);
    expect(countOf(both, isAborted)).toBe(0);
  });

  it.each([
    [2, 0.5176, 0.0202],
    [3, 0.5724, 0.0298],
    [5, 0.5983, 0.0355],
  ])('V4: errors in bursts, Fano factor %i; control: not those of independent errors', (fano, none, two) => {
    const aborted = (limit: number) => countOf(releases(apart(limit), scenario({ ...paced, fano })), isAborted);
    const found = aborted(0);
    expect(agreesWith(found, none)).toBe(true);
    expect(agreesWith(found, 0.331988)).toBe(false);
    expect(agreesWith(aborted(2), two)).toBe(true);
  });

  it.each([
    [0.04, 0.09142],
    [0.045, 0.24037],
    [0.055, 0.66499],
    [0.06, 0.82729],
  ])('V5: p95 < 500 ms of 600 requests of which a share of %f is slow', (slow, p) => {
    // 0.9499: at 0.95 a window with exactly 30 slow ones is decided by the last bit
    const of = policy(
      {
        query: quantileMs(0.9499, '75s'),
        count: 1,
        initialDelay: '300s',
        successCondition: 'result[0] < 500',
      },
      { steps: ['10'], asStep: true },
    );
    const latency = { medianMs: CALM_LATENCY.medianMs, sigma: sigmaForSlowShare(CALM_LATENCY.medianMs, 500, slow) };
    const meeting = scenario({ arrivals: 'paced', canary: { errorShare: 0, latency } });
    expect(Math.abs(binomialUpperTail(31, 600, slow) - p)).toBeLessThan(1e-4);
    expect(agreesWith(countOf(releases(of, meeting), isAborted), p)).toBe(true);
  });

  it('V6: with nothing but errors the numerator is empty: Error whatever the limit; a default answers sooner', () => {
    const all = releases(referencePolicy('1m', 2), scenario({ canaryErrors: 1 }), 300);
    expect(new Set(all.map(({ verdict, durationMs }) => `${verdict} ${durationMs}`))).toEqual(new Set(['Error 40250']));
    const of = policy({ query: guardedOkShare('1m'), interval: '30s', successCondition: 'result[0] >= 0.99' });
    const guarded = releases(of, scenario({ canaryErrors: 1 }), 1000);
    expect(quantileOf(guarded, 0.5)).toBeCloseTo(30.2, 5);
    expect(guarded.every(({ verdict }) => verdict === 'Failed')).toBe(true);
  });

  it('V7: a window of one scrape interval never holds two scrapes', () => {
    const all = releases(referencePolicy('30s', 2), scenario({ scrapeIntervalMs: 30_000 }), 300);
    expect(new Set(all.map(({ verdict, durationMs }) => `${verdict} ${durationMs}`))).toEqual(new Set(['Error 40250']));
  });

  it.each([
    [10, 0],
    [10, 3],
    [10, 6],
  ])('V8: %i windows apart and limit %i promote with the binomial probability', (count, limit) => {
    const q = binomialUpperTail(5, 450, 0.01);
    const all = releases(apart(limit, count), scenario({ arrivals: 'paced', canaryErrors: 0.01 }));
    expect(
      agreesWith(
        countOf(all, ({ outcome }) => outcome === 'promoted'),
        binomialLowerTail(limit, count, q),
      ),
    ).toBe(true);
  });

  it('V9: a step of the error share is seen when it has filled its part of the window, 10 s', () => {
    const of = policy(
      { query: okShare('1m'), interval: '1s', initialDelay: '120s', successCondition: 'result[0] >= 0.99' },
      { steps: ['10/600'] },
    );
    const fault = { errorShare: 0.05, fromMs: 300_000 };
    const canary = { errorShare: 0.002, latency: CALM_LATENCY, fault };
    const all = releases(
      of,
      scenario({ arrivals: 'paced', fano: 0, ratePerSecond: 10_000, scrapeIntervalMs: 1000, canary }),
      100,
    );
    for (const { outcome, sinceFaultMs } of all) {
      expect(outcome).toBe('aborted');
      // at most a scrape, a measurement and a query later
      expect(sinceFaultMs).toBeGreaterThan(9900);
      expect(sinceFaultMs).toBeLessThan(12_300);
    }
  });

  it.each([2, 1, 0.2])('a quiet perfect canary of %f requests/s ends as Error by a closed form', (rate) => {
    // The fifth measurement looks at 40.2 s and sees two scrapes, 15 s apart. They are there when the first request came
    // before the earlier one: at phase + 15 s for a phase of up to 10.2 s, else at the phase itself.
    const l = rate / 10;
    const empty = (Math.exp(-15 * l) * (1 - Math.exp(-10.2 * l)) + Math.exp(-10.2 * l) - Math.exp(-15 * l)) / (15 * l);
    const all = releases(referencePolicy('30s', 0), scenario({ ratePerSecond: rate, ...AT_ONCE }));
    expect(
      agreesWith(
        countOf(all, ({ verdict }) => verdict === 'Error'),
        empty,
      ),
    ).toBe(true);
  });

  it('V10: a burst before the first scrape is never seen; control: one across it is', () => {
    const during = (fromMs: number, untilMs: number) => {
      const fault = { errorShare: 0.5, fromMs, untilMs };
      const canary = { errorShare: 0, latency: CALM_LATENCY, fault };
      return releases(referencePolicy('1m', 0), scenario({ canary, scrapePhaseMs: 10_000 }), 300);
    };
    const unseen = during(6000, 14_000);
    expect(countOf(unseen, isAborted)).toBe(0);
    expect(unseen.every(({ badAnswers }) => badAnswers > 0)).toBe(true);
    expect(countOf(during(6000, 20_000), isAborted)).toBe(300);
  });
});
