/**
 * "Does it hold this one rate?", asked of a single long trial that is looked at again and again. A wrong "held" may happen
 * once in a thousand over all looks together: look k spends 2^-(k+1) of that, on the effective sample. Pure.
 */
import { FIRST_LOOK_SECONDS } from '../search/search-settings.ts';
import { effectiveBounds } from '../trial/look-rule.ts';
import type { TrialStatistics } from '../trial/trial-statistics.ts';

/** Probability of a wrong "held", over all looks. */
export const HOLDS_ERROR = 1e-3;
/** A share that was watched for less may lag behind the load. */
const LEAST_RELAXATION_TIMES = 60;

export type Held = 'held' | 'broken' | 'open';

/** @param lookSeconds 20·2^k, counted from the beginning of the load */
export function heldAtLook(trial: TrialStatistics, objectiveShare: number, lookSeconds: number): Held {
  const number = Math.round(Math.log2(lookSeconds / FIRST_LOOK_SECONDS));
  const { low, high } = effectiveBounds(trial.share, trial.effectiveRequests, HOLDS_ERROR / 2 ** (number + 1));
  // in an overload the relaxation time is that of the growing queue, and leaves no effective sample to bound anything
  if (trial.share > objectiveShare && (trial.overloaded || low > objectiveShare)) return 'broken';
  if (trial.overloaded || trial.seconds < LEAST_RELAXATION_TIMES * trial.tauSeconds) return 'open';
  return high <= objectiveShare ? 'held' : 'open';
}
