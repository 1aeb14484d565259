/**
 * The test that refutes a split, inverted: the shares q of one arm for which the hybrid e-process against (q, 1 - q)
 * stays below 1/alpha at this n. With two arms it is the very test that decided, so a failed split leaves the declared
 * share out; the set covers the true share with probability at least 1 - alpha (1 + alpha) (Ville 1939).
 *
 * Left of hits/n the mixture and the ratio of q + margin fall with q, and the ratio of q - margin is below 1: so the set
 * is an interval but for e-values within 1/4 of 1/alpha, which is where the (1 + alpha) comes from.
 */
import { logSumExp, mostFavourableLabelling } from '../hybrid-e-process.ts';
import { logBetaMixture } from '../mixture-e-process.ts';
import type { Interval } from '../proportion.ts';

const HALVINGS = 60;
/** Shares are looked for this far from 0 and 1, where the e-values have no number. */
const EDGE = 1e-12;

export interface ArmCounts {
  readonly hits: number;
  /** Requests in all, the unknown ones included. */
  readonly n: number;
  /** Requests that nobody signed; each part of the e-value takes the labelling that speaks least against the share. */
  readonly unknown: number;
}

/** ln E against `share`: the hybrid e-process of two arms; a margin that does not fit beside the share takes no part. */
export function logTwoArmHybrid({ hits, n, unknown }: ArmCounts, share: number, margin: number): number {
  const [labelled = hits] =
    unknown === 0 ? [] : mostFavourableLabelling([hits, n - hits - unknown], [share, 1 - share], unknown);
  const terms = [logBetaMixture(labelled, n, share) + Math.log(0.5)];
  if (share + margin < 1) {
    terms.push(hits * Math.log1p(margin / share) + (n - hits) * Math.log1p(-margin / (1 - share)) + Math.log(0.25));
  }
  if (share - margin > 0) {
    const most = hits + unknown;
    terms.push(most * Math.log1p(-margin / share) + (n - most) * Math.log1p(margin / (1 - share)) + Math.log(0.25));
  }
  return logSumExp(terms);
}

/** @param declared a share to start from where it is refuted: the interval then leaves it out for certain */
export function unrefutedShares(counts: ArmCounts, declared: number, margin: number, alpha: number): Interval {
  const { hits, n, unknown } = counts;
  if (n === 0) return { low: 0, high: 1 };
  const limit = -Math.log(alpha);
  const refuted = (share: number) => logTwoArmHybrid(counts, share, margin) >= limit;
  const clamp = (share: number) => Math.min(1 - EDGE, Math.max(EDGE, share));
  const least = clamp(hits / n);
  const most = clamp((hits + unknown) / n);
  const from = clamp(declared);
  const out = (end: number, side: number) => (refuted(from) && (from - side) * (end - side) > 0 ? from : end);
  return {
    low: hits === 0 ? 0 : boundary(out(EDGE, least), least, refuted),
    high: hits + unknown === n ? 1 : boundary(out(1 - EDGE, most), most, refuted),
  };
}

/** The last share that is not refuted on the way from `inside` to `outside`. */
function boundary(outside: number, inside: number, refuted: (share: number) => boolean): number {
  let far = outside;
  let near = inside;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (far + near) / 2;
    if (refuted(middle)) far = middle;
    else near = middle;
  }
  return near;
}
