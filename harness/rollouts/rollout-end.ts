/** How a rollout ended, read off its watch. */
import { isRolloutSettled, rolloutStatus } from './rollout-object.ts';
import type { RolloutWatch } from './rollout-watch.ts';

export type RolloutEnd = 'promoted' | 'aborted' | 'paused';

/** Promoted: everything runs the new version. */
export function ended(watch: RolloutWatch, oldHash: string | undefined): RolloutEnd | undefined {
  const { abort, stableHash, pauseReasons } = rolloutStatus(watch.rollout);
  if (abort) return 'aborted';
  if (pauseReasons.includes('InconclusiveAnalysisRun')) return 'paused';
  return isRolloutSettled(watch.rollout) && stableHash !== oldHash ? 'promoted' : undefined;
}
