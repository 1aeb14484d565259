/**
 * Wald's sequential probability ratio tests of one share against its two margins, in the form that Ville's inequality
 * makes exact: both may be looked at after every request.
 *
 *   logHigh = ln of the likelihood ratio of (share + margin) over share, logLow likewise for (share - margin)
 *
 * The split is rejected when either reaches ln(2/alpha); a side is accepted when its ratio has fallen to -ln(1/beta).
 * Then P(reject | share) <= alpha, and P(accept both | the truth is margin or more away) <= beta.
 */
export interface RatioIncrements {
  /** Added to logHigh by a request that went to the arm, and by one that did not; likewise for logLow. */
  readonly highHit: number;
  readonly highMiss: number;
  readonly lowHit: number;
  readonly lowMiss: number;
}

/** Needs 0 < share - margin and share + margin < 1. */
export function ratioIncrements(share: number, margin: number): RatioIncrements {
  return {
    highHit: Math.log1p(margin / share),
    highMiss: Math.log1p(-margin / (1 - share)),
    lowHit: Math.log1p(-margin / share),
    lowMiss: Math.log1p(margin / (1 - share)),
  };
}

export function logRatioHigh(increments: RatioIncrements, hits: number, n: number): number {
  return hits * increments.highHit + (n - hits) * increments.highMiss;
}

export function logRatioLow(increments: RatioIncrements, hits: number, n: number): number {
  return hits * increments.lowHit + (n - hits) * increments.lowMiss;
}

/** Kullback-Leibler divergence of Bernoulli(p) from Bernoulli(q), in nats per request. */
export function bernoulliDivergence(p: number, q: number): number {
  const term = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return term(p, q) + term(1 - p, 1 - q);
}

/** The information per request at the declared share against the harder of its two margins, in nats. */
export function weakestDivergence(share: number, margin: number): number {
  return Math.min(bernoulliDivergence(share, share + margin), bernoulliDivergence(share, share - margin));
}

/** Requests after which an undecided test gives up: 6 ln(1/beta) over the weakest divergence. */
export function requestCap(share: number, margin: number, beta: number): number {
  return Math.ceil((6 * Math.log(1 / beta)) / weakestDivergence(share, margin));
}
