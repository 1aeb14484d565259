/** Claim kind `undo`: a promoted version is undone, no request is lost, and only the older version answers after it. */
import { rolloutStatus } from '../../rollouts/rollout-object.ts';
import { undoRollout } from '../../rollouts/rollout-orders.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { judgeMoves, type Move } from '../../stage/judge-moves.ts';
import type { UndoClaim } from './declaration.ts';

export function judgeUndo(claim: UndoClaim, scene: Scene): Promise<ClaimResult> {
  const promoteAndUndo: Move = {
    name: 'promote and undo',
    async run(runner, { watch, rollout, namespace }) {
      const before = rolloutStatus(watch.rollout).stableHash ?? '';
      await runner.run('promote');
      await undoRollout(scene, rollout.ref, before);
      await watch.until(
        (seen) => rolloutStatus(seen.rollout).stableHash === before && rolloutStatus(seen.rollout).phase === 'Healthy',
        subjectKeeps({
          what: `${namespace}: the older version to be stable again`,
          timeoutMs: scene.profile.budgets.rolloutEndsMs,
          needsPodsOf: namespace,
        }),
      );
    },
  };
  return judgeMoves(claim, { replicas: 1, moves: [promoteAndUndo], midway: false, endsStable: true }, scene);
}
