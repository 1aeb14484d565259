/** When did the share change? Maximum-likelihood change point with a confidence set. */
export interface ChangeTime {
  /** The number of requests before the change: the most likely place. */
  readonly estimate: number;
  /** Smallest and largest member of the confidence set. */
  readonly low: number;
  readonly high: number;
  /** How many places the set holds; fewer than high - low + 1 when it has gaps. */
  readonly members: number;
  /** ln of the likelihood ratio of "changed at the estimate" against "never changed". */
  readonly logRatio: number;
}

/**
 * How far below its maximum the log-likelihood may lie inside a set of confidence `confidence`: c = -ln(1 - sqrt(conf)).
 * P(drop <= c) tends to (1 - e^-c)^2 for small jumps and is larger for big ones, so the set never covers too rarely.
 */
export function likelihoodDrop(confidence: number): number {
  return -Math.log(1 - Math.sqrt(confidence));
}

/**
 * The change from share `before` to share `after` in a start-ordered stream of 0 and 1 (1 = the arm). A share of 0 or 1
 * is allowed on either side: a hit where none can be excludes the place.
 */
export function changeTime(hits: ArrayLike<number>, before: number, after: number, confidence: number): ChangeTime {
  const n = hits.length;
  const log = (share: number) => ({ hit: Math.log(share), miss: Math.log1p(-share) });
  const early = log(before);
  const late = log(after);
  // An impossible request (-Infinity) is counted, not added: sums of infinities would turn into NaN.
  const profile = new Float64Array(n + 1);
  const impossible = new Float64Array(n + 1);
  for (let i = 0; i < n; i += 1) {
    const first = hits[i] ? early.hit : early.miss;
    profile[i + 1] = profile[i]! + (Number.isFinite(first) ? first : 0);
    impossible[i + 1] = impossible[i]! + (Number.isFinite(first) ? 0 : 1);
  }
  let tail = 0;
  let tailImpossible = 0;
  for (let i = n; i >= 0; i -= 1) {
    if (i < n) {
      const last = hits[i] ? late.hit : late.miss;
      if (Number.isFinite(last)) tail += last;
      else tailImpossible += 1;
    }
    profile[i] = impossible[i]! + tailImpossible > 0 ? Number.NEGATIVE_INFINITY : profile[i]! + tail;
  }
  let estimate = 0;
  for (let i = 1; i <= n; i += 1) if (profile[i]! > profile[estimate]!) estimate = i;
  const floor = profile[estimate]! - likelihoodDrop(confidence);
  let low = estimate;
  let high = estimate;
  let members = 0;
  for (let i = 0; i <= n; i += 1) {
    if (profile[i]! < floor) continue;
    members += 1;
    if (i < low) low = i;
    if (i > high) high = i;
  }
  return { estimate, low, high, members, logRatio: profile[estimate]! - profile[n]! };
}
