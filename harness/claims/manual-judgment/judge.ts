/**
 * Claim kind `manual-judgment`: a pause without a duration holds the weight until somebody promotes, and then the rollout
 * goes on.
 */

import type { FindingReport, SplitReport } from '../../../reports/model/run-report.ts';
import { seconds } from '../../documents/figures.ts';
import { usageError } from '../../errors/harness-error.ts';
import { type DeclaredRollout, isRolloutSettled, rolloutStatus } from '../../rollouts/rollout-object.ts';
import { promoteRollout, waitsForHuman } from '../../rollouts/rollout-orders.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { isKept } from '../../scene/environments-fault.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
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

/** In per cent, of the last step before this one that sets a weight. */
function declaredAt({ steps }: DeclaredRollout, index: number | undefined): number {
  return steps.slice(0, index ?? 0).findLast(({ setWeight }) => setWeight !== undefined)?.setWeight ?? 0;
}

interface Waited {
  readonly stayed: boolean;
  readonly wentOn: boolean;
  readonly split: SplitReport;
}

function redFindings({ rollout }: ManualJudgmentClaim, { stayed, wentOn, split }: Waited): readonly FindingReport[] {
  const finding = (code: string, sentence: string): FindingReport => ({
    ...{ code, layer: 'observed', severity: 'error', sentence },
    where: `Rollout ${rollout.namespace}/${rollout.name}`,
    hint: 'Look at the steps of the Rollout, at who else writes its VirtualService, and at the log of its controller.',
  });
  return [
    ...(stayed ? [] : [finding('ROLLOUT_DID_NOT_WAIT', 'The step that waits for a human did not wait.')]),
    ...(wentOn ? [] : [finding('ROLLOUT_NOT_PROMOTED', 'After promote the rollout did not go on.')]),
    ...(split.outcome === 'failed' ? [finding('OBSERVED_SHARE_DIFFERS', split.sentence)] : []),
  ];
}

export async function judgeManualJudgment(claim: ManualJudgmentClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { budgets } = scene.profile;
  await using moving = await openMovingStage(claim, { replicas: 1, plan: manualSteps }, scene);
  const { stage, load } = moving;
  const { watch, namespace } = stage;
  const oldHash = rolloutStatus(watch.rollout).stableHash;
  await stage.release(CANARY_VERSION);
  await moving.under(() =>
    watch.until(
      (seen) => waitsForHuman(seen.rollout),
      subjectKeeps({ what: 'the step that waits', timeoutMs: budgets.rolloutEndsMs, needsPodsOf: namespace }),
    ),
  );
  // what the step declares, whatever was written
  const weight = declaredAt(stage.rollout, rolloutStatus(watch.rollout).stepIndex);
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
  const layers = moving.layers.blame([{ path: 'ingress', load }]);
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
      ].join(' '),
      details: [
        { label: 'weight while waiting', value: `${weight} %` },
        { label: 'watched for', value: seconds(claim.waitsMs) },
        layers.detail,
      ],
      durationMs: scene.now() - startedAt,
    },
    splits: [split],
    books: [books],
    findings: outcome === 'failed' ? layers.once(redFindings(claim, { stayed, wentOn, split })) : [],
    series: [series('ingress', CANARY_VERSION)],
  };
}
