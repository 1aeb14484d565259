/** Planning: whether the steps of a rollout can be told apart by the requests that fall into them. */
import { STEP_EVIDENCE } from './ordered-fit.ts';
import { binomialLowerTail, binomialUpperTail } from './proportion.ts';

export interface StepErrorRates {
  /** P(taken for the later share | it is the earlier one). */
  readonly alpha: number;
  /** P(taken for the earlier share | it is the later one). */
  readonly beta: number;
}

export interface ShareChange extends StepErrorRates {
  /** 0 to 1, and different. */
  readonly before: number;
  readonly after: number;
}

/** Expected requests of Wald's test until it says "after", when that is true: ln(1/alpha) / KL(after || before). */
export function meanRequestsToTellApart({ before, after, alpha }: ShareChange): number {
  return Math.log(1 / alpha) / divergence(after, before);
}

function divergence(p: number, q: number): number {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return part(p, q) + part(1 - p, 1 - q);
}

/**
 * The smallest n for which some critical count keeps both error rates, exactly: with so many requests in a step, its
 * weight is certain to be told from the one before it. Share 0 (or 1) is refuted by one request.
 */
export function requestsToTellApart({ before, after, alpha, beta }: ShareChange): number {
  if (before > after) return requestsToTellApart({ before: after, after: before, alpha: beta, beta: alpha });
  const meetsBoth = (n: number): boolean => {
    // Smallest critical count that keeps alpha; "after" when the count reaches it.
    let low = 0;
    let high = n + 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (binomialUpperTail(middle, n, before) <= alpha) high = middle;
      else low = middle + 1;
    }
    return binomialLowerTail(low - 1, n, after) <= beta;
  };
  let high = 1;
  while (!meetsBoth(high)) high *= 2;
  let low = high >> 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (meetsBoth(middle)) high = middle;
    else low = middle;
  }
  // Counts are whole, so the condition is a saw-tooth in n: the first n lies within a few teeth below.
  const reach = Math.ceil(6 / Math.max(1e-6, Math.min(after, 1 - before))) + Math.ceil(high / 20);
  for (let n = Math.max(1, high - reach); n < high; n += 1) if (meetsBoth(n)) return n;
  return high;
}

/** Normal quantile of 99.9 %. */
const QUANTILE = 3.09;

/**
 * With so many answers of one share, the fit of the declared shares (ordered-fit.ts) sees in 999 of 1,000 runs that it is
 * not the other one: the log likelihood ratio, of mean n KL and variance n V, is above its threshold.
 */
export function requestsForEvidence(share: number, other: number): number {
  const mean = divergence(share, other);
  // one answer refutes it
  if (!Number.isFinite(mean)) return 1;
  const odds = (p: number) => Math.log(p / (1 - p));
  const spread = share === 0 || share === 1 ? 0 : Math.sqrt(share * (1 - share)) * Math.abs(odds(share) - odds(other));
  const root = (QUANTILE * spread + Math.sqrt((QUANTILE * spread) ** 2 + 4 * mean * STEP_EVIDENCE)) / (2 * mean);
  return Math.ceil(root ** 2);
}

export interface PlannedStep {
  /** 0 to 1. */
  readonly share: number;
  /** Undefined: held until something else happens, so there is time enough. */
  readonly heldMs: number | undefined;
}

export interface StepPlan {
  readonly before: number;
  readonly after: number;
  /** Requests with which the change is certain to be seen, and with which it is seen on average. */
  readonly neededRequests: number;
  readonly meanRequests: number;
  /** Undefined for a step without end. */
  readonly offeredRequests: number | undefined;
  readonly isTellable: boolean;
  /** The rate that would do; undefined for a step without end, infinite for one without duration. */
  readonly neededRatePerSecond: number | undefined;
}

/** Step after step, from share 0; equal neighbours are no change and are left out. */
export function planSteps(
  steps: readonly PlannedStep[],
  ratePerSecond: number,
  errorRates: StepErrorRates,
): readonly StepPlan[] {
  return steps.flatMap(({ share, heldMs }, index): StepPlan[] => {
    const before = steps[index - 1]?.share ?? 0;
    if (before === share) return [];
    const change = { before, after: share, ...errorRates };
    const neededRequests = Math.max(
      requestsToTellApart(change),
      requestsForEvidence(share, before),
      // nothing is held for as long as a release takes to begin
      before > 0 ? requestsForEvidence(before, share) : 0,
    );
    const offeredRequests = heldMs === undefined ? undefined : (ratePerSecond * heldMs) / 1000;
    return [
      {
        before,
        after: share,
        neededRequests,
        meanRequests: meanRequestsToTellApart(change),
        offeredRequests,
        isTellable: offeredRequests === undefined || offeredRequests >= neededRequests,
        neededRatePerSecond: heldMs === undefined ? undefined : neededRequests / (heldMs / 1000),
      },
    ];
  });
}
