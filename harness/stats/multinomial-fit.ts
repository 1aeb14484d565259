/** Goodness of fit of k counts against declared shares, at a fixed n. These tests can only reject, never accept. */
import { chiSquareUpperTail, logGamma } from './special-functions.ts';

export interface FitTest {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
}

function fitTest(statistic: number, arms: number): FitTest {
  const degreesOfFreedom = arms - 1;
  return { statistic, degreesOfFreedom, pValue: chiSquareUpperTail(statistic, degreesOfFreedom) };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Pearson's X^2 = sum of (observed - expected)^2 / expected. Shares must be above 0. */
export function pearsonFit(counts: readonly number[], shares: readonly number[]): FitTest {
  const n = total(counts);
  const statistic = counts.reduce((sum, count, i) => {
    const expected = n * shares[i]!;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  return fitTest(statistic, counts.length);
}

/** G = 2 * sum of observed * ln(observed / expected). Shares must be above 0. */
export function likelihoodRatioFit(counts: readonly number[], shares: readonly number[]): FitTest {
  const n = total(counts);
  const statistic = counts.reduce(
    (sum, count, i) => sum + (count === 0 ? 0 : 2 * count * Math.log(count / (n * shares[i]!))),
    0,
  );
  return fitTest(statistic, counts.length);
}

/**
 * Exact multinomial p-value: the probability of every outcome that is no more likely than the one observed.
 *
 * Visits all compositions of n into k parts, so it is for small expectations (min expected below 5), where the
 * chi-square approximation is wrong and n is small.
 */
export function exactMultinomialPValue(counts: readonly number[], shares: readonly number[]): number {
  const n = total(counts);
  const logShares = shares.map(Math.log);
  const term = (count: number, arm: number) => count * logShares[arm]! - logGamma(count + 1);
  const head = logGamma(n + 1);
  const limit = head + counts.reduce((sum, count, arm) => sum + term(count, arm), 0) + 1e-9;
  const tailFrom = (arm: number, left: number, logSoFar: number): number => {
    if (arm === counts.length - 1) {
      const logPoint = logSoFar + term(left, arm);
      return logPoint <= limit ? Math.exp(logPoint) : 0;
    }
    let sum = 0;
    for (let count = 0; count <= left; count += 1) sum += tailFrom(arm + 1, left - count, logSoFar + term(count, arm));
    return sum;
  };
  return Math.min(1, tailFrom(0, n, head));
}
