/**
 * Is a share at most so large? Wald's test of the limit against the limit and a margin, in the form that Ville's inequality
 * makes exact (stats/likelihood-ratio-pair.ts), one side of it.
 *
 * failed: the likelihood ratio of limit + margin over the limit reached 1/alpha; with a limit of 0 the first hit does.
 * passed: it has fallen to beta, so that limit + margin or more is excluded. It may be looked at after every observation.
 */
import { requestCap } from '../stats/likelihood-ratio-pair.ts';
import type { Outcome } from './outcome.ts';

export interface ShareLimit {
  /** The largest share that is allowed, from 0. */
  readonly limit: number;
  /** What a pass excludes lies this far above the limit. */
  readonly margin: number;
  /** P(failed | the share is within the limit). */
  readonly alpha: number;
  /** P(passed | the share is limit + margin or more). */
  readonly beta: number;
}

export interface ShareLimitJudge {
  /** @returns whether it is decided; what comes later is not counted */
  observe(hit: boolean): boolean;
  /** Inconclusive while nothing is decided. */
  readonly outcome: Outcome;
  readonly hits: number;
  readonly n: number;
  /** Observations after which an undecided one gives up. */
  readonly cap: number;
}

/** @throws RangeError where limit and margin leave no room below 1 */
export function createShareLimitJudge({ limit, margin, alpha, beta }: ShareLimit): ShareLimitJudge {
  if (!(limit >= 0 && margin > 0 && limit + margin < 1))
    throw new RangeError(`a limit of ${limit} and a margin of ${margin} leave no room below 1`);
  const hitStep = limit === 0 ? Number.POSITIVE_INFINITY : Math.log((limit + margin) / limit);
  const missStep = Math.log1p(-limit - margin) - Math.log1p(-limit);
  const [rejectAt, acceptAt] = [-Math.log(alpha), Math.log(beta)];
  let logRatio = 0;
  let hits = 0;
  let n = 0;
  let outcome: Outcome = 'inconclusive';
  return {
    observe(hit) {
      if (outcome !== 'inconclusive') return true;
      n += 1;
      if (hit) hits += 1;
      logRatio += hit ? hitStep : missStep;
      if (logRatio >= rejectAt) outcome = 'failed';
      else if (logRatio <= acceptAt) outcome = 'passed';
      return outcome !== 'inconclusive';
    },
    get outcome() {
      return outcome;
    },
    get hits() {
      return hits;
    },
    get n() {
      return n;
    },
    cap: limitCost({ limit, margin, beta }).cap,
  };
}

/** Observations to a pass without any hit, and those after which it gives up. */
export function limitCost({ limit, margin, beta }: Omit<ShareLimit, 'alpha'>): {
  readonly least: number;
  readonly cap: number;
} {
  const least = Math.ceil(Math.log(beta) / (Math.log1p(-limit - margin) - Math.log1p(-limit)));
  // with a limit of 0 nothing between a hit and a pass can be undecided
  if (limit === 0) return { least, cap: least };
  return { least, cap: Math.max(least, requestCap(limit, Math.min(margin, limit / 2), beta)) };
}
