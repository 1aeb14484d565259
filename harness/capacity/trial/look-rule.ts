/** When a trial may end before its time: its verdict can no longer change. */
import { betaQuantile } from '../../stats/special-functions.ts';
import type { TrialStatistics } from './trial-statistics.ts';

/** The first look at a trial and the distance between looks. */
export const LOOK_EVERY_SECONDS = 15;
/** Of one look's bound. */
const LOOK_ERROR = 0.001;
/** How far from the objective a share must be, as a factor. */
const CLEAR_FACTOR = 1.5;

/** One-sided Clopper-Pearson bounds for a count that need not be whole; each is wrong with probability `error`. */
export function effectiveBounds(
  share: number,
  effectiveRequests: number,
  error: number,
): { low: number; high: number } {
  const bad = share * effectiveRequests;
  const good = effectiveRequests - bad;
  return {
    low: bad <= 0 ? 0 : betaQuantile(error, bad, good + 1),
    high: good <= 0 ? 1 : betaQuantile(1 - error, bad + 1, good),
  };
}

/** Whether nothing more is to be learnt: overload, or the bound on the effective sample is clear of the objective. */
export function isDecided(trial: TrialStatistics, objectiveShare: number): boolean {
  if (trial.overloaded) return true;
  if (trial.effectiveRequests <= 0) return false;
  const { low, high } = effectiveBounds(trial.share, trial.effectiveRequests, LOOK_ERROR);
  return low > CLEAR_FACTOR * objectiveShare || high < objectiveShare / CLEAR_FACTOR;
}

/** When a trial is looked at, and what ends it there. */
export interface LookPlan {
  readonly firstSeconds: number;
  next(lookSeconds: number): number;
  /** A look waits until requests that were due before it are so old: slower ones count as bad without an answer. */
  readonly settleSeconds: number;
  decides(trial: TrialStatistics, lookSeconds: number): boolean;
}
