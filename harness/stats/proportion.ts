/** Exact binomial tails and intervals for one proportion. Counts are whole, shares 0 to 1. */
import { betaLowerTail, betaQuantile, betaUpperTail, logBeta, normalQuantile } from './special-functions.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** P(X >= k) for X ~ Binomial(n, p): the regularised incomplete beta function I_p(k, n-k+1). */
export function binomialUpperTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  return p >= 1 ? 1 : betaLowerTail(p, k, n - k + 1);
}

/** P(X <= k) for X ~ Binomial(n, p). */
export function binomialLowerTail(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n || p <= 0) return 1;
  return p >= 1 ? 0 : betaUpperTail(p, k + 1, n - k);
}

/** ln P(X = k) for X ~ Binomial(n, p), 0 < p < 1. */
export function logBinomialPoint(k: number, n: number, p: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  return -Math.log(n + 1) - logBeta(k + 1, n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

/** Clopper-Pearson: covers the true share with at least `confidence`, whatever it is. */
export function clopperPearsonInterval(successes: number, n: number, confidence: number): Interval {
  const tail = (1 - confidence) / 2;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1),
    high: successes === n ? 1 : betaQuantile(1 - tail, successes + 1, n - successes),
  };
}

/** Wilson's score interval: narrower than Clopper-Pearson, right on average; for pictures, never for verdicts. */
export function wilsonInterval(successes: number, n: number, confidence: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const share = successes / n;
  const centre = share + (z * z) / (2 * n);
  const reach = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  // where all or none succeeded the end is exact, which rounding may miss
  return {
    low: successes === 0 ? 0 : Math.max(0, (centre - reach) / scale),
    high: successes === n ? 1 : Math.min(1, (centre + reach) / scale),
  };
}

/**
 * Two-sided exact p-value of `successes` of `n` against share `p`: the probability of all counts that are no more likely
 * than the one observed (the "minlike" convention).
 */
export function binomialTwoSidedPValue(successes: number, n: number, p: number): number {
  if (p <= 0) return successes === 0 ? 1 : 0;
  if (p >= 1) return successes === n ? 1 : 0;
  const limit = logBinomialPoint(successes, n, p) + 1e-7;
  const isTail = (k: number) => logBinomialPoint(k, n, p) <= limit;
  const mode = Math.floor((n + 1) * p);
  // The point probabilities rise to the mode and fall after it, so each tail is found by bisection.
  let lastLow = -1;
  for (let low = 0, high = Math.min(mode, n); low <= high; ) {
    const middle = (low + high) >> 1;
    if (isTail(middle)) {
      lastLow = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  let firstHigh = n + 1;
  for (let low = Math.max(mode, lastLow + 1), high = n; low <= high; ) {
    const middle = (low + high) >> 1;
    if (isTail(middle)) {
      firstHigh = middle;
      high = middle - 1;
    } else low = middle + 1;
  }
  return Math.min(1, binomialLowerTail(lastLow, n, p) + binomialUpperTail(firstHigh, n, p));
}
