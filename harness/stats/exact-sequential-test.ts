/**
 * Exact operating characteristics of the sequential ratio pair (likelihood-ratio-pair.ts) by dynamic programming: the
 * distribution of the deciding request when the true share is known, without simulation.
 *
 * State after n requests: the number of hits, and whether neither side, only the upper or only the lower one has been
 * accepted. One look per request; comparisons have a slack of 1e-9, so that exact ties count as reached.
 */
import { ratioIncrements } from './likelihood-ratio-pair.ts';

export interface SequentialTestSize {
  readonly share: number;
  readonly margin: number;
  readonly alpha: number;
  readonly beta: number;
}

export interface OperatingCharacteristics {
  readonly passProbability: number;
  readonly failProbability: number;
  /** Probability that neither happened within `maxRequests`. */
  readonly undecidedProbability: number;
  /** Mean number of requests to a decision, given that one was reached. */
  readonly meanRequests: number;
  /** Smallest n by which the test has decided with at least this probability (of all runs). */
  quantile(probability: number): number;
}

const SLACK = 1e-9;
/** Hit counts whose probability is below this are dropped from the window; the sum of all dropped stays below 1e-12. */
const NEGLIGIBLE = 1e-22;

/** Throws RangeError when the share's margins leave (0, 1). */
export function exactOperatingCharacteristics(
  size: SequentialTestSize,
  trueShare: number,
  maxRequests: number,
): OperatingCharacteristics {
  const { share, margin, alpha, beta } = size;
  if (!(share - margin > 0 && share + margin < 1))
    throw new RangeError('the margin must fit on both sides of the share');
  const step = ratioIncrements(share, margin);
  const rejectAt = Math.log(2 / alpha) - SLACK;
  const acceptAt = -Math.log(1 / beta) + SLACK;
  // Each ratio is linear in the hits, so every boundary is a hit count that moves linearly with n.
  const highSlope = step.highHit - step.highMiss;
  const lowSlope = step.lowMiss - step.lowHit;

  const width = maxRequests + 2;
  // Probability mass per hit count for the three states; updated in place from high hits to low.
  const neither = new Float64Array(width);
  const upper = new Float64Array(width);
  const lower = new Float64Array(width);
  neither[0] = 1;
  let from = 0;
  let to = 0;
  let pass = 0;
  let fail = 0;
  let weighted = 0;
  const decidedBy = new Float64Array(maxRequests + 1);
  const miss = 1 - trueShare;

  let n = 0;
  while (n < maxRequests && from <= to) {
    n += 1;
    to += 1;
    for (let hits = to; hits >= from; hits -= 1) {
      const fewer = hits > from ? hits - 1 : -1;
      neither[hits] = neither[hits]! * miss + (fewer < 0 ? 0 : neither[fewer]! * trueShare);
      upper[hits] = upper[hits]! * miss + (fewer < 0 ? 0 : upper[fewer]! * trueShare);
      lower[hits] = lower[hits]! * miss + (fewer < 0 ? 0 : lower[fewer]! * trueShare);
    }
    const failFrom = Math.ceil((rejectAt - n * step.highMiss) / highSlope);
    const failTo = Math.floor((n * step.lowMiss - rejectAt) / lowSlope);
    const upperTo = Math.floor((acceptAt - n * step.highMiss) / highSlope);
    const lowerFrom = Math.ceil((n * step.lowMiss - acceptAt) / lowSlope);
    let failNow = 0;
    let passNow = 0;
    const take = (table: Float64Array, hits: number): number => {
      const mass = table[hits]!;
      table[hits] = 0;
      return mass;
    };
    for (let hits = Math.max(from, failFrom); hits <= to; hits += 1) {
      failNow += take(neither, hits) + take(upper, hits) + take(lower, hits);
    }
    for (let hits = from; hits <= Math.min(to, failTo); hits += 1) {
      failNow += take(neither, hits) + take(upper, hits) + take(lower, hits);
    }
    for (let hits = from; hits <= Math.min(to, upperTo); hits += 1) {
      passNow += take(lower, hits);
      const mass = take(neither, hits);
      if (hits >= lowerFrom) passNow += mass;
      else upper[hits] = upper[hits]! + mass;
    }
    for (let hits = Math.max(from, lowerFrom); hits <= to; hits += 1) {
      passNow += take(upper, hits);
      lower[hits] = lower[hits]! + take(neither, hits);
    }
    pass += passNow;
    fail += failNow;
    weighted += n * (passNow + failNow);
    decidedBy[n] = pass + fail;
    while (from <= to && neither[from]! + upper[from]! + lower[from]! < NEGLIGIBLE) {
      neither[from] = upper[from] = lower[from] = 0;
      from += 1;
    }
    while (to >= from && neither[to]! + upper[to]! + lower[to]! < NEGLIGIBLE) {
      neither[to] = upper[to] = lower[to] = 0;
      to -= 1;
    }
  }
  decidedBy.fill(pass + fail, n);
  return {
    passProbability: pass,
    failProbability: fail,
    undecidedProbability: Math.max(0, 1 - pass - fail),
    meanRequests: weighted / (pass + fail),
    quantile(probability) {
      let first = 0;
      let last = maxRequests;
      while (first < last) {
        const middle = (first + last) >> 1;
        if (decidedBy[middle]! >= probability) last = middle;
        else first = middle + 1;
      }
      return first;
    },
  };
}
