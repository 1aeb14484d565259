import { describe, expect, it } from 'vitest';
import { fitInOrder } from './ordered-fit.ts';
import { binomialLowerTail, binomialUpperTail } from './proportion.ts';
import { meanRequestsToTellApart, planSteps, requestsForEvidence, requestsToTellApart } from './step-plan.ts';

const RATES = { alpha: 1e-3, beta: 1e-3 };

describe('telling neighbouring weights apart', () => {
  // statistics.md A4: 10/25 needs 75 to 95 requests, 25/50 about 50, 20/40 about 70, 40/60 85, 80/100 31, 50/100 10
  it.each([
    [0.1, 0.25, 75],
    [0.25, 0.1, 95],
    [0.25, 0.5, 48],
    [0.2, 0.4, 66],
    [0.4, 0.6, 85],
    [0.8, 1, 31],
    [0.5, 1, 10],
  ])('%d to %d takes %i requests on average', (before, after, mean) => {
    expect(Math.round(meanRequestsToTellApart({ before, after, ...RATES }))).toBe(mean);
  });

  it.each([
    [0, 0.1, 66], // (1 - 0.1)^66 <= 1e-3
    [0.8, 1, 31],
    [0.5, 1, 10],
  ])('%d to %d is certain after %i, because one request refutes the end', (before, after, certain) => {
    expect(requestsToTellApart({ before, after, ...RATES })).toBe(certain);
  });

  it.each([
    [0.1, 0.25],
    [0.25, 0.1],
    [0.2, 0.4],
    [0.4, 0.6],
  ])('%d to %d: the exact n keeps both error rates, and none below it does', (before, after) => {
    const [low, high] = [Math.min(before, after), Math.max(before, after)];
    const keeps = (n: number) =>
      Array.from({ length: n + 2 }, (_, k) => k).some(
        (k) => binomialUpperTail(k, n, low) <= 1e-3 && binomialLowerTail(k - 1, n, high) <= 1e-3,
      );
    const certain = requestsToTellApart({ before, after, ...RATES });
    expect(keeps(certain)).toBe(true);
    for (let n = Math.max(1, certain - 40); n < certain; n += 1) expect(keeps(n)).toBe(false);
    expect(certain).toBeGreaterThan(meanRequestsToTellApart({ before, after, ...RATES }));
  });
});

describe('what the fit of declared steps needs', () => {
  const share = (n: number, hits: number) =>
    Uint8Array.from({ length: n }, (_, i) => Math.floor(((i + 1) * hits) / n) - Math.floor((i * hits) / n));
  it.each([
    [0.4, 0.3, 1418],
    [0.1, 0.25, 362],
    [0.1, 0, 1],
    [1, 0.8, 31],
  ])('%d is not %d after %i answers', (one, other, needed) => {
    expect(Math.abs(requestsForEvidence(one, other) - needed)).toBeLessThanOrEqual(needed / 50);
  });

  it('is what the fit sees', () => {
    const n = requestsForEvidence(0.4, 0.3);
    // as few of 40 % as 999 of 1,000 runs have
    const hits = Math.ceil(0.4 * n - 3.09 * Math.sqrt(0.24 * n));
    const stream = Uint8Array.from([...share(5_000, 1_500), ...share(n, hits), ...share(5_000, 4_000)]);
    const isChange = () => false;
    expect(fitInOrder(stream, [0.3, 0.4, 0.8], { isChange })).toHaveLength(3);
    const third = Math.round(n / 3);
    const few = Uint8Array.from([
      ...share(5_000, 1_500),
      ...share(third, Math.round((hits * third) / n)),
      ...share(5_000, 4_000),
    ]);
    expect(fitInOrder(few, [0.3, 0.4, 0.8], { isChange })).toBeUndefined();
  });
});

describe('planSteps', () => {
  const steps = [
    { share: 0.1, heldMs: 30_000 },
    { share: 0.25, heldMs: 30_000 },
    { share: 0.25, heldMs: 30_000 },
    { share: 0.5, heldMs: undefined },
    { share: 1, heldMs: 0 },
  ];

  it('names the step that the rate cannot show, and the rate that would', () => {
    const plan = planSteps(steps, 5, RATES);
    expect(plan.map(({ before, after, isTellable }) => [before, after, isTellable])).toEqual([
      [0, 0.1, true],
      [0.1, 0.25, false],
      [0.25, 0.5, true],
      [0.5, 1, false],
    ]);
    const [, second, third, last] = plan;
    expect(second).toMatchObject({ offeredRequests: 150 });
    expect(second!.neededRatePerSecond).toBeCloseTo(second!.neededRequests / 30, 12);
    expect(planSteps(steps, second!.neededRatePerSecond!, RATES)[1]!.isTellable).toBe(true);
    expect(third!.neededRatePerSecond).toBeUndefined();
    expect(last!.neededRatePerSecond).toBe(Number.POSITIVE_INFINITY);
  });
});
