/**
 * The Beta/Dirichlet mixture e-process (mixture SPRT, "sequential SRM": Lindon and Malek, NeurIPS 2022) and the
 * confidence sequence that comes from inverting it. Valid at every n at once, however often one looks.
 */
import type { Interval } from './proportion.ts';
import { logBeta, logGamma } from './special-functions.ts';

/** Parameters of the Beta prior over the arm's share; Beta(1,1) is flat. */
export interface BetaPrior {
  readonly a: number;
  readonly b: number;
}
const FLAT_PRIOR: BetaPrior = { a: 1, b: 1 };

/** ln M_n of `hits` of `n` against `share` (0 < share < 1); reject at or above ln(1/alpha). */
export function logBetaMixture(hits: number, n: number, share: number, prior: BetaPrior = FLAT_PRIOR): number {
  const misses = n - hits;
  return (
    logBeta(prior.a + hits, prior.b + misses) -
    logBeta(prior.a, prior.b) -
    hits * Math.log(share) -
    misses * Math.log1p(-share)
  );
}

/** The same for k arms; `prior` holds one Dirichlet parameter per arm (all 1 when left out). Shares above 0. */
export function logDirichletMixture(
  counts: readonly number[],
  shares: readonly number[],
  prior: readonly number[] = shares.map(() => 1),
): number {
  let n = 0;
  let weight = 0;
  let sum = 0;
  for (let arm = 0; arm < counts.length; arm += 1) {
    const count = counts[arm]!;
    const a = prior[arm]!;
    n += count;
    weight += a;
    sum += logGamma(a + count) - logGamma(a) - count * Math.log(shares[arm]!);
  }
  return sum + logGamma(weight) - logGamma(weight + n);
}

/** Anytime p-value of the largest ln M seen so far. */
export function anytimePValue(largestLogM: number): number {
  return Math.min(1, Math.exp(-largestLogM));
}

/**
 * The shares that the mixture e-process has not rejected: { m : M_n(m) < 1/alpha } with alpha = 1 - confidence.
 * As a sequence over n it covers the truth at all n together with at least `confidence`.
 */
export function confidenceSequence(
  hits: number,
  n: number,
  confidence: number,
  prior: BetaPrior = FLAT_PRIOR,
): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const misses = n - hits;
  const limit = -Math.log(1 - confidence);
  const head = logBeta(prior.a + hits, prior.b + misses) - logBeta(prior.a, prior.b);
  const rejects = (share: number) => {
    const hitPart = hits === 0 ? 0 : hits * Math.log(share);
    const missPart = misses === 0 ? 0 : misses * Math.log1p(-share);
    return head - hitPart - missPart >= limit;
  };
  // ln M(m) falls up to m = hits/n and rises after it; the prior can push even its lowest point over the limit.
  const centre = hits / n;
  if (rejects(centre)) return { low: centre, high: centre };
  return {
    low: hits === 0 ? 0 : boundary(0, centre, rejects),
    high: misses === 0 ? 1 : boundary(1, centre, rejects),
  };
}

/** Bisects between a rejected and an accepted share; returns the last accepted one. */
function boundary(rejected: number, accepted: number, rejects: (share: number) => boolean): number {
  let outside = rejected;
  let inside = accepted;
  for (let step = 0; step < 60; step += 1) {
    const middle = (outside + inside) / 2;
    if (rejects(middle)) outside = middle;
    else inside = middle;
  }
  return inside;
}
