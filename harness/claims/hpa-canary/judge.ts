/**
 * Claim kind `hpa-canary`: a copy of the application gets the peak and an autoscaler like its own. The canary is held at
 * each weight until the autoscaler has acted, and what follows is judged: who answered, how many requests each pod of
 * either track got and how it answered them, and which pods the autoscaler added. It looks at the average over all pods,
 * which idle stable pods keep low while those of the canary are overloaded (argo-rollouts issue 4607).
 */
import { environmentError } from '../../errors/harness-error.ts';
import { ROLLOUTS, rolloutStatus } from '../../rollouts/rollout-object.ts';
import { promoteRollout } from '../../rollouts/rollout-orders.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { openGatewayLog } from '../../stage/gateway-log.ts';
import { type MovingStage, openMovingStage } from '../../stage/moving-stage.ts';
import { released } from '../../stage/released.ts';
import { sayWaiting } from '../../stage/say-waiting.ts';
import { CANARY_VERSION, STABLE_VERSION } from '../../stage/stage.ts';
import { AUTOSCALERS, type AutoscalerSight, copyOfAutoscaler, readAutoscaler } from './autoscaler.ts';
import { type AutoscalerWatch, watchAutoscaler } from './autoscaler-watch.ts';
import { type HpaCanaryClaim, STILL_MS } from './declaration.ts';
import { heldSteps } from './held-steps.ts';
import { blinded, type Held, hold, untilActive } from './hold.ts';
import { createReceiverBook } from './receiver-book.ts';
import { resultOf, type Watched } from './result.ts';

/** From the generator to here. */
const ANSWERS_COME_MS = 1_000;

/** @throws HarnessError ROLLOUT_MISSING, AUTOSCALER_MISSING, AUTOSCALER_NOT_COPYABLE, AUTOSCALER_BLIND, AUTOSCALER_GONE (exit 3); what
 *   opening the stage throws; PromiseNotKept of a weight that never comes; the reason of the scene's signal */
export async function judgeHpaCanary(claim: HpaCanaryClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { live, autoscaler } = await subjectOf(claim, scene);
  const declared = readAutoscaler(autoscaler, `${claim.autoscaler.namespace}/${claim.autoscaler.name}`);
  const { replicas = 1 } = live.spec as { replicas?: number };
  const book = createReceiverBook(claim.service, claim.objective);
  await using gatewayLog = await openGatewayLog(scene);
  await using moving = await openMovingStage(
    claim,
    {
      replicas,
      plan: ({ steps }) => ({ steps: heldSteps(steps, claim.weights), background: undefined }),
      // pods of both versions hold the same
      change: (object) =>
        object.kind === 'Rollout' && object.metadata.name === claim.rollout.name
          ? released(object, STABLE_VERSION, claim.podHolds)
          : object,
      onInOrder: (sample) => book.note(sample),
      lastsMs: longestMs(claim, scene),
    },
    scene,
  );
  const { namespace } = moving.stage;
  const beganMs = scene.now();
  await scene.client.apply([copyOfAutoscaler(autoscaler, namespace)]);
  await using watch = watchAutoscaler(
    {
      autoscaler: { name: autoscaler.metadata.name, namespace },
      rollout: moving.stage.rollout.ref,
    },
    scene,
  );
  const seen = await moving.under(() => followWeights(claim, { moving, watch }, scene));
  const stoppedMs = scene.now();
  const { stream, books } = await moving.load.stop();
  const watched: Watched = {
    ...{ claim, live, declared, book, stream, books, startedAt, stoppedMs, ...seen },
    endedAt: scene.now(),
    stage: moving.stage,
    gatewayErrors: await gatewayLog.errors(moving.stage.host, beganMs),
    layers: moving.layers.blame([{ path: 'ingress', load: moving.load }]),
  };
  return resultOf(watched);
}

async function subjectOf({ rollout, autoscaler }: HpaCanaryClaim, scene: Scene) {
  const live = await scene.client.get({ ...ROLLOUTS, namespace: rollout.namespace }, rollout.name);
  if (!live)
    throw environmentError('ROLLOUT_MISSING', `there is no Rollout ${rollout.namespace}/${rollout.name} to copy`);
  const found = await scene.client.get({ ...AUTOSCALERS, namespace: autoscaler.namespace }, autoscaler.name);
  if (!found)
    throw environmentError(
      'AUTOSCALER_MISSING',
      `there is no HorizontalPodAutoscaler ${autoscaler.namespace}/${autoscaler.name}`,
    );
  return { live, autoscaler: found };
}

/** Every weight may take its time, and so may the pods of each. */
function longestMs({ weights, actsWithinMs }: HpaCanaryClaim, { profile }: Scene): number {
  return (weights.length + 1) * (actsWithinMs + STILL_MS + profile.budgets.rolloutEndsMs);
}

interface Followed {
  readonly held: readonly Held[];
  /** The autoscaler's own word, where the manifests keep it from scaling. */
  readonly inactive: AutoscalerSight | undefined;
}

interface Under {
  readonly moving: MovingStage;
  readonly watch: AutoscalerWatch;
}

async function followWeights(claim: HpaCanaryClaim, under: Under, scene: Scene): Promise<Followed> {
  const { moving, watch } = under;
  const { stage, load } = moving;
  const held: Held[] = [];
  const stableHash = rolloutStatus(stage.watch.rollout).stableHash ?? '';
  const during = async <Done>(what: string, work: () => Promise<Done>): Promise<Done> => {
    const step = scene.progress.step(`${claim.id}: ${what}`);
    const waiting = { what, stream: load.stream, now: scene.now, say: (text: string) => step.update(text) };
    try {
      const done = await sayWaiting(waiting, work);
      step.done();
      return done;
    } catch (error) {
      step.fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
      throw error;
    }
  };
  const inactive = await during('the autoscaler to see the pods', () => untilActive(watch, scene));
  if (inactive) return { held, inactive };
  for (const weight of [0, ...claim.weights]) {
    const { actsWithinMs } = claim;
    const one = await during(`the autoscaler to be still at ${weight} %`, async () => {
      if (weight > 0) await goTo(weight, weight === claim.weights[0], claim, moving, scene);
      return hold({ weight, actsWithinMs, stableHash }, { stage, watch }, scene);
    });
    held.push(one);
    if (one.seen?.isActive === false) return { held, inactive: blinded(one.seen, one.judged.toMs - one.beganMs) };
  }
  // in order of their start only requests count whose answers are all in
  await scene.pause(scene.profile.load.requestTimeoutMs + ANSWERS_COME_MS);
  return { held, inactive: undefined };
}

async function goTo(weight: number, isFirst: boolean, claim: HpaCanaryClaim, { stage }: MovingStage, scene: Scene) {
  if (isFirst) await stage.release(CANARY_VERSION, claim.podHolds);
  else await promoteRollout(scene, stage.rollout.ref);
  await stage.watch.until(
    (seen) => seen.weights.at(-1)?.weight === weight,
    subjectKeeps({
      what: `${stage.namespace}: the canary to get ${weight} %`,
      timeoutMs: scene.profile.budgets.rolloutEndsMs,
      needsPodsOf: stage.namespace,
    }),
  );
}
