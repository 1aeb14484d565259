/** Distribution-free intervals for a quantile, from the ranks of the sorted sample. */
import { binomialLowerTail, binomialUpperTail } from './proportion.ts';

/** 1-based ranks into the sorted sample; undefined where the sample is too small to bound that side. */
export interface RankInterval {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/**
 * Ranks (l, u) such that (x_(l), x_(u)) covers the quantile with at least `confidence`:
 * l = max { j : P(Bin(n, q) <= j-1) <= a/2 }, u = min { j : P(Bin(n, q) >= j) <= a/2 }, a = 1 - confidence.
 */
export function quantileRanks(n: number, quantile: number, confidence: number): RankInterval {
  const tail = (1 - confidence) / 2;
  let low = 0;
  for (let step = highestBit(n); step >= 1; step /= 2) {
    if (low + step <= n && binomialLowerTail(low + step - 1, n, quantile) <= tail) low += step;
  }
  let below = 0;
  for (let step = highestBit(n); step >= 1; step /= 2) {
    if (below + step <= n && binomialUpperTail(below + step, n, quantile) > tail) below += step;
  }
  return { low: low === 0 ? undefined : low, high: below === n ? undefined : below + 1 };
}

function highestBit(n: number): number {
  let bit = 1;
  while (bit * 2 <= n) bit *= 2;
  return bit;
}

/** The interval itself, from a sample sorted upwards; ends that cannot be bounded are infinite. */
export function quantileInterval(
  sorted: ArrayLike<number>,
  quantile: number,
  confidence: number,
): { readonly low: number; readonly high: number } {
  const ranks = quantileRanks(sorted.length, quantile, confidence);
  return {
    low: ranks.low === undefined ? Number.NEGATIVE_INFINITY : sorted[ranks.low - 1]!,
    high: ranks.high === undefined ? Number.POSITIVE_INFINITY : sorted[ranks.high - 1]!,
  };
}

/** Smallest sample whose maximum is an upper bound of the quantile with at least `confidence`: 1 - q^n >= confidence. */
export function sampleSizeForMaximum(quantile: number, confidence: number): number {
  return Math.ceil(Math.log1p(-confidence) / Math.log(quantile) - 1e-9);
}
