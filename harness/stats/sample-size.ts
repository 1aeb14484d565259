/** How many requests a fixed-n test needs, and what it could have seen at a given n. */
import { binomialLowerTail, binomialUpperTail } from './proportion.ts';
import { betaQuantile, normalQuantile } from './special-functions.ts';

export interface TestSize {
  readonly share: number;
  readonly margin: number;
  /** P(reject | the share is exact). */
  readonly alpha: number;
  /** P(accept | the share is off by the margin). */
  readonly beta: number;
}

export interface AcceptanceRegion {
  /** Counts from `lowest` to `highest` are accepted; empty when lowest > highest. */
  readonly lowest: number;
  readonly highest: number;
}

/** Smallest whole k in [from, to] for which the monotone predicate holds, to + 1 when none does. */
function firstWhole(from: number, to: number, holds: (k: number) => boolean): number {
  let low = from;
  let high = to + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Two one-sided tests: the counts of n for which both "off by the margin upwards" and "... downwards" are rejected at
 * beta. Both must be, so no correction for two tests is due.
 */
export function equivalenceRegion(n: number, size: TestSize): AcceptanceRegion {
  const { share, margin, beta } = size;
  const lowest = firstWhole(0, n, (k) => binomialUpperTail(k, n, share - margin) <= beta);
  const highest = firstWhole(0, n, (k) => binomialLowerTail(k, n, share + margin) > beta) - 1;
  return { lowest, highest };
}

function meetsBoth(n: number, size: TestSize): boolean {
  const { lowest, highest } = equivalenceRegion(n, size);
  if (lowest > highest) return false;
  const rejects = binomialLowerTail(lowest - 1, n, size.share) + binomialUpperTail(highest + 1, n, size.share);
  return rejects <= size.alpha;
}

/**
 * The smallest n at which an exact equivalence test meets both error rates.
 *
 * The condition is a saw-tooth in n (counts are whole), so a search by halving finds the neighbourhood and a scan
 * through the teeth below it the first n. Needs 0 < share - margin, share + margin < 1.
 */
export function fixedSampleSize(size: TestSize): number {
  const key = [size.share, size.margin, size.alpha, size.beta].join(' ');
  const found = sought.get(key) ?? searched(size);
  sought.set(key, found);
  return found;
}

/** Every split with the same shares asks for the same size. */
const sought = new Map<string, number>();

function searched(size: TestSize): number {
  let high = 16;
  while (!meetsBoth(high, size)) high *= 2;
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (meetsBoth(middle, size)) high = middle;
    else low = middle;
  }
  // One tooth is about 1/(share - margin) requests long; how many of them overlap depends on the slope of the errors.
  const tooth = 1 / Math.max(1e-6, Math.min(size.share - size.margin, 1 - size.share - size.margin));
  const reach = Math.ceil(4 * tooth + high * overlap(size));
  let first = high;
  for (let n = Math.max(1, high - reach); n < high; n += 1) {
    if (meetsBoth(n, size)) {
      first = n;
      break;
    }
  }
  return first;
}

/** How far below the halving result a tooth may still reach, as a share of n: two counts of slack at either limit. */
function overlap(size: TestSize): number {
  const z = normalQuantile(1 - size.alpha / 2) + normalQuantile(1 - size.beta);
  const spread = Math.sqrt(size.share * (1 - size.share));
  // n is about (z * spread / margin)^2; two counts of slack in the region change it by 4 / (n * margin) of itself.
  const n = ((z * spread) / size.margin) ** 2;
  return 4 / (n * size.margin);
}

/**
 * The smallest drift d such that a two-sided exact test of n requests at level alpha finds every true share more than d
 * away from `share` with probability at least 1 - beta. Drifts that cannot exist (below share 0) count as found.
 */
export function smallestDetectableDrift(n: number, share: number, alpha: number, beta: number): number {
  if (n === 0) return Math.max(share, 1 - share);
  const upward = detectableRise(n, share, alpha, beta);
  const downward = detectableRise(n, 1 - share, alpha, beta);
  return Math.max(upward, downward);
}

function detectableRise(n: number, share: number, alpha: number, beta: number): number {
  // Share 0 cannot produce a hit, so the first one rejects it whatever alpha.
  const critical = share <= 0 ? 1 : firstWhole(1, n, (k) => binomialUpperTail(k, n, share) <= alpha / 2);
  if (share >= 1 || critical > n) return 1 - share;
  // P(X < critical | p) = beta  <=>  p is the (1 - beta) quantile of Beta(critical, n - critical + 1).
  return Math.max(0, betaQuantile(1 - beta, critical, n - critical + 1) - share);
}
