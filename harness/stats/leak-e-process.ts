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
