/**
 * Claim kind `manual-judgment`: a pause without a duration holds the weight until somebody promotes, and then the rollout
 * goes on.
 */

import { seconds } from '../../documents/figures.ts';
import { usageError } from '../../errors/harness-error.ts';
import { type DeclaredRollout, isRolloutSettled, rolloutStatus } from '../../rollouts/rollout-object.ts';
import { promoteRollout, waitsForHuman } from '../../rollouts/rollout-orders.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { isKept, subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { underTraffic } from '../../scene/seen-by-traffic.ts';
import { openMovingStage } from '../../stage/moving-stage.ts';
import { CANARY_VERSION, STABLE_VERSION } from '../../stage/stage.ts';
import type { StagePlan } from '../../stage/stage-objects.ts';
import { judgeShares } from '../../traffic/share-verdict.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { ManualJudgmentClaim } from './declaration.ts';

/** Proxies and answers under way need so long after the weight was written. */
const ARRIVES_MS = 2_000;

/** The declared steps up to the one that waits, and the next weight, so that it can be seen to go on. */
function manualSteps(declared: DeclaredRollout): StagePlan {
  const waits = declared.steps.findIndex(({ pause }) => pause !== undefined && pause.duration === undefined);
  if (waits < 0)
    throw usageError('ROLLOUT_NO_MANUAL_STEP', `Rollout ${declared.ref.name} has no step that waits for a human`, {
      where: `Rollout ${declared.ref.namespace}/${declared.ref.name}`,
      hint: 'A manual judgment is `pause: {}` among the steps.',
    });
  const next = declared.steps.slice(waits + 1).find(({ setWeight }) => setWeight !== undefined);
  return { steps: [...declared.steps.slice(0, waits + 1), ...(next ? [next] : [])], background: undefined };
}

export async function judgeManualJudgment(claim: ManualJudgmentClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { budgets } = scene.profile;
  await using moving = await openMovingStage(claim, { replicas: 1, plan: manualSteps }, scene);
  const { stage, load } = moving;
  const { watch, namespace } = stage;
  const oldHash = rolloutStatus(watch.rollout).stableHash;
  await stage.release(CANARY_VERSION);
  await underTraffic(load, scene.now, () =>
    watch.until(
      (seen) => waitsForHuman(seen.rollout),
      subjectKeeps({ what: 'the step that waits', timeoutMs: budgets.rolloutEndsMs, needsPodsOf: namespace }),
    ),
  );
  const weight = watch.weights.at(-1)?.weight ?? 0;
  const writes = watch.weights.length;
  const step = scene.progress.step(`${claim.id}: waits for a human at ${weight} %`);
  const fromMs = scene.now() + ARRIVES_MS;
  await scene.pause(ARRIVES_MS + claim.waitsMs);
  const toMs = scene.now();
  const stayed = waitsForHuman(watch.rollout) && watch.weights.length === writes;
  await promoteRollout(scene, { namespace, name: claim.rollout.name });
  step.done(stayed ? 'stayed, and was promoted' : 'did not stay');
  const promotedMs = scene.now();
  // a watch that broke or a run that is over says nothing about the Rollout
  const wentOn = await isKept(
    scene,
    watch.until(
      (seen) => isRolloutSettled(seen.rollout) && rolloutStatus(seen.rollout).stableHash !== oldHash,
      subjectKeeps({ what: 'the promoted rollout to end', timeoutMs: budgets.rolloutEndsMs, needsPodsOf: namespace }),
    ),
  );
  const tookMs = scene.now() - promotedMs;
  const { stream, books, series } = await load.stop();
  const split = judgeShares(stream, {
    id: `${namespace}-wait`,
    claimId: claim.id,
    title: `while it waited at ${weight} %`,
    path: 'ingress',
    arms: [
      { name: STABLE_VERSION, share: 1 - weight / 100 },
      { name: CANARY_VERSION, share: weight / 100 },
    ],
    assurance: 'smoke',
    ratePerSecond: claim.ratePerSecond,
    fromMs,
    toMs,
    books,
  });
  const outcome = combineOutcomes([onEvidence(stayed && wentOn ? 'passed' : 'failed', books.outcome), split.outcome]);
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [
        stayed
          ? `For ${seconds(claim.waitsMs)} nothing moved: the Rollout waited, and the weight stayed ${weight} %.`
          : `The Rollout did not wait: it is ${rolloutStatus(watch.rollout).phase} at ${watch.weights.at(-1)?.weight} %.`,
        split.sentence,
        wentOn ? `After promote it went on to 100 % in ${seconds(tookMs)}.` : 'After promote it did not go on.',
        ...(books.outcome === 'invalid' ? [`The books are bad: ${books.problems.join('; ')}.`] : []),
      ].join(' '),
      details: [
        { label: 'weight while waiting', value: `${weight} %` },
        { label: 'watched for', value: seconds(claim.waitsMs) },
      ],
      durationMs: scene.now() - startedAt,
    },
    splits: [split],
    books: [books],
    series: [series('ingress', CANARY_VERSION)],
  };
}
