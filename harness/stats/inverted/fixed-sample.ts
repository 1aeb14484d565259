/**
 * Acceptance of a share by one exact test at a sample size that was fixed beforehand: "off by the margin or more" is
 * rejected at beta on each side (two one-sided tests, Schuirmann 1987; binomial tails of Clopper and Pearson 1934). Where
 * nobody stops the load early, as in a step that lasts as long as its Rollout says, it wants three quarters of the
 * requests that the sequential test (likelihood-ratio-pair.ts) wants for the same error rates.
 */

import { binomialLowerTail } from '../proportion.ts';
import { fixedSampleSize } from '../sample-size.ts';
import { betaQuantile } from '../special-functions.ts';
import type { DriftLook } from './excluded-drift.ts';

/** How often a split that is exact is not accepted at the size of `acceptanceSize`. */
const MISSED = 1e-4;
/** ln of the smallest positive double: beyond it a tail is 0, and its logarithm would spoil pictures. */
const LEAST_LOG = -745;

/** ln P(so few hits or fewer | share + margin); the drift is excluded at ln beta or below. */
export function logTailBelow({ share, hits, n }: DriftLook, margin: number): number {
  return n === 0 ? 0 : Math.max(LEAST_LOG, Math.log(binomialLowerTail(hits, n, share + margin)));
}

/** The smallest drift above `share` that the hits exclude at beta; 1 - share: none. */
export function excludedBySample({ share, hits, n }: DriftLook, beta: number): number {
  if (n === 0 || hits >= n) return 1 - share;
  // P(X <= hits | p) = beta  <=>  p is the (1 - beta) quantile of Beta(hits + 1, n - hits)
  return Math.max(0, betaQuantile(1 - beta, hits + 1, n - hits) - share);
}

/** Requests at which a share that is exact is accepted with probability `1 - missed` at least. */
export function acceptanceSize(share: number, margin: number, beta: number, missed: number = MISSED): number {
  return fixedSampleSize({ share: Math.min(share, 1 - share), margin, alpha: missed, beta });
}
