/**
 * The acceptance tests of a split, inverted: which drifts from the declared share have been excluded so far.
 *
 * For a share p and a drift d > 0 upwards, L(p)/L(p + d) is a martingale where p + d is true and a supermartingale where
 * more is, so by Ville's inequality (1939) it ever reaches 1/beta with probability at most beta: then "p + d or more" is
 * excluded. ln L(p + d)/L(p) is 0 at d = 0 and concave in d, so what one look excludes is [D, end), and all looks
 * together exclude [least D, end). Below p likewise. Hence
 *
 *   - the test with the margin m has passed a side exactly when the excluded drift of that side is at most m, and
 *   - [p - D_low, p + D_high] is a confidence sequence: it ever misses the truth with probability at most beta, since
 *     the truth lies on one side of p only (Wald 1945; duality of tests and confidence sets, Lehmann and Romano 3.5;
 *     Howard, Ramdas, McAuliffe and Sekhon 2021, Annals of Statistics 49:1055, for the sequential form).
 */
const HALVINGS = 50;
const STEPS = 4;

/** `hits` of `n` went to the arm; for the drift below the share, give share, hits and n of "not this arm". */
export interface DriftLook {
  readonly share: number;
  readonly hits: number;
  readonly n: number;
}

/** ln L(share + drift) / L(share), for 0 < share and share + drift < 1. */
function logRatio({ share, hits, n }: DriftLook, drift: number): number {
  return hits * Math.log1p(drift / share) + (n - hits) * Math.log1p(-drift / (1 - share));
}

/**
 * The smallest upward drift known to be excluded after this look, given the one known before (1 - share: none).
 *
 * Newton's method from the right of the root: a tangent of a concave function lies above it, so every step stays at or
 * right of the root, and what is returned is excluded even though it may be a hair more than the root.
 */
export function excludedDrift(look: DriftLook, before: number, beta: number, margin: number): number {
  const limit = Math.log(beta);
  const { share, hits, n } = look;
  const none = 1 - share;
  let drift = Math.min(before, logRatio(look, margin) <= limit ? margin : none);
  if (drift >= none) drift = halved(look, none, limit);
  else if (logRatio(look, drift) > limit) return drift;
  for (let step = 0; step < STEPS && drift < none; step += 1) {
    const slope = hits / (share + drift) - (n - hits) / (1 - share - drift);
    const next = drift + (limit - logRatio(look, drift)) / slope;
    // At the root rounding may step left of it.
    if (!(slope < 0) || !(next < drift) || logRatio(look, next) > limit) break;
    drift = next;
  }
  return drift;
}

/** From an end where the ratio is 0 or the drift impossible; returns an excluded drift, or `none`. */
function halved(look: DriftLook, none: number, limit: number): number {
  let outside = none;
  let inside = 0;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (outside + inside) / 2;
    if (logRatio(look, middle) <= limit) outside = middle;
    else inside = middle;
  }
  return outside;
}
