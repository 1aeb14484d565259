/**
 * Weight zero: one hit refutes it, and its absence bounds the leak.
 *
 * The plain rule is the likelihood ratio of share 0 against share `leak`: after ceil(ln(beta) / ln(1 - leak)) requests
 * without a hit, a leak of that size would have shown itself with probability 1 - beta.
 */

/** Requests without a hit that exclude a leak of at least `leak` at error rate `beta`. */
export function zeroWeightSampleSize(leak: number, beta: number): number {
  return Math.ceil(Math.log(beta) / Math.log1p(-leak));
}

/** Weight of the component that tolerates requests nobody signed; it costs about one request more than the plain rule. */
const TOLERANT_WEIGHT = 0.01;

/**
 * ln of an e-process against "the leak is `leak` or more" after n requests of which `unknown` may each have been a hit.
 * The leak is excluded at or above ln(1/beta), at any n.
 */
export function logLeakE(n: number, unknown: number, leak: number): number {
  const quarter = leak / 4;
  const logTolerant =
    Math.log(TOLERANT_WEIGHT) + unknown * Math.log(0.25) + (n - unknown) * (Math.log1p(-quarter) - Math.log1p(-leak));
  if (unknown > 0) return logTolerant;
  const logClean = Math.log1p(-TOLERANT_WEIGHT) - n * Math.log1p(-leak);
  return logClean + Math.log1p(Math.exp(logTolerant - logClean));
}

const HALVINGS = 30;
/** A leak is only solved for anew when it would come out this much smaller: a look costs one evaluation then. */
const WORTH_SOLVING = 0.99;

/**
 * The smallest leak known to be excluded at `beta` after n requests, given the one known before (1: none). The e-value
 * grows with the leak, so what is excluded is everything from it upwards; `leak` is the one that decides a pass.
 */
export function excludedLeak(n: number, unknown: number, before: number, beta: number, leak: number): number {
  const limit = -Math.log(beta);
  const excluded = (size: number) => logLeakE(n, unknown, size) >= limit;
  const known = leak < before && excluded(leak) ? leak : before;
  if (!excluded(known * WORTH_SOLVING)) return known;
  let outside = known * WORTH_SOLVING;
  let inside = 0;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (outside + inside) / 2;
    if (excluded(middle)) outside = middle;
    else inside = middle;
  }
  return outside;
}
