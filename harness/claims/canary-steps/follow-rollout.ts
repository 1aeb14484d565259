/** Brings a commit of a release to a Rollout, and goes along until it has ended. */
import { ended } from '../../rollouts/rollout-end.ts';
import { rolloutStatus } from '../../rollouts/rollout-object.ts';
import { promoteRollout, waitsForHuman } from '../../rollouts/rollout-orders.ts';
import type { RolloutWatch } from '../../rollouts/rollout-watch.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import type { CanaryStepsClaim } from './declaration.ts';

/**
 * Promotes at steps that wait for a human, where the claim says so.
 * @throws PromiseNotKept: the commit does not reach the Rollout, or the rollout does not end or go on
 */
export async function followRollout(
  claim: CanaryStepsClaim,
  watch: RolloutWatch,
  oldHash: string | undefined,
  scene: Scene,
): Promise<void> {
  const { budgets } = scene.profile;
  const step = scene.progress.step(`canary of ${claim.rollout.name}`);
  const shown = setInterval(() => {
    const { phase, stepIndex } = rolloutStatus(watch.rollout);
    step.update(`${phase}, step ${stepIndex ?? '-'}, declared weight ${watch.weights.at(-1)?.weight ?? 0} %`);
  }, 1_000);
  try {
    await watch.until(
      (seen) => rolloutStatus(seen.rollout).currentHash !== oldHash,
      subjectKeeps({
        what: `the commit to reach Rollout ${claim.rollout.name}`,
        timeoutMs: budgets.commitObservedMs,
        layer: 'git',
      }),
    );
    const isHumansTurn = (seen: RolloutWatch) => claim.promote && waitsForHuman(seen.rollout);
    for (;;) {
      await watch.until(
        (seen) => ended(seen, oldHash) !== undefined || isHumansTurn(seen),
        subjectKeeps({
          what: `the rollout of ${claim.rollout.name} to end`,
          timeoutMs: budgets.rolloutEndsMs,
          needsPodsOf: claim.rollout.namespace,
        }),
      );
      if (ended(watch, oldHash) !== undefined) break;
      await scene.pause(claim.promoteAfterMs);
      // an analysis may have ended it meanwhile
      if (!isHumansTurn(watch)) continue;
      await promoteRollout(scene, claim.rollout);
      await watch.until(
        (seen) => !isHumansTurn(seen),
        subjectKeeps({ what: 'the promoted step to go on', timeoutMs: budgets.routesAppliedMs }),
      );
    }
    step.done(`${ended(watch, oldHash)}: ${rolloutStatus(watch.rollout).message || 'Healthy'}`);
  } catch (error) {
    step.fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    throw error;
  } finally {
    clearInterval(shown);
  }
}
