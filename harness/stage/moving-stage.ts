/** A copy of the application under load, for claims about what happens while its Rollout moves. */
import type { StagedTarget } from '../documents/references.ts';
import { openRolloutLayers, type RolloutLayers } from '../rollouts/layers/rollout-layers.ts';
import type { RolloutEnd } from '../rollouts/rollout-end.ts';
import { ended } from '../rollouts/rollout-end.ts';
import { rolloutStatus } from '../rollouts/rollout-object.ts';
import { subjectKeeps } from '../scene/promise.ts';
import type { Scene } from '../scene/scene.ts';
import { type RolloutLoadRequest, type RunningLoad, startRolloutLoad } from '../traffic/recorded-load.ts';
import { openStage, STABLE_VERSION, type Stage, type StageRequest, stageNamespace } from './stage.ts';

export interface MovingStage {
  readonly stage: Stage;
  readonly load: RunningLoad;
  readonly layers: RolloutLayers;
  /** Does it under the load; a promise that is not kept says which layer is to blame. */
  under<Done>(work: () => Promise<Done>): Promise<Done>;
  /** Releases a version and follows its rollout to the end. */
  releaseToEnd(version: string): Promise<RolloutEnd>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type MovingRequest = Pick<StageRequest, 'replicas' | 'allAtOnce' | 'plan' | 'change'> &
  Pick<RolloutLoadRequest, 'onInOrder'> & {
    /** The longest that the claim may take; default: three times what a rollout may. */
    readonly lastsMs?: number;
  };

const BASELINE_MS = 2_000;

export async function openMovingStage(
  claim: StagedTarget,
  { onInOrder, lastsMs, ...request }: MovingRequest,
  scene: Scene,
): Promise<MovingStage> {
  const { budgets } = scene.profile;
  const namespace = stageNamespace(claim.id.replaceAll('/', '-'));
  const stage = await openStage({ source: claim.rollout, namespace, path: claim.path, ...request }, scene);
  let load: RunningLoad | undefined;
  let layers: RolloutLayers | undefined;
  try {
    // as long as the whole claim may take; it is stopped when the claim is done
    const longestMs = lastsMs ?? 3 * budgets.rolloutEndsMs;
    const placed = await stage.placeLoad(namespace, claim.path, claim.ratePerSecond, longestMs);
    load = startRolloutLoad(
      {
        ...{ id: namespace, title: claim.title, placed, service: claim.service, versions: [STABLE_VERSION] },
        ...(onInOrder ? { onInOrder } : {}),
      },
      scene,
    );
    await load.answered;
    const { watch, rollout, host } = stage;
    layers = await openRolloutLayers({ watch, rollout, hosts: [host], versions: stage.versions }, scene);
    await scene.pause(BASELINE_MS);
  } catch (error) {
    await load?.stop().catch(() => undefined);
    await layers?.[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
    throw error;
  }
  const [running, read] = [load, layers];
  return {
    stage,
    load: running,
    layers: read,
    under: (work) => read.under([{ path: 'ingress', load: running }], work),
    async releaseToEnd(version) {
      const { watch } = stage;
      const oldHash = rolloutStatus(watch.rollout).stableHash;
      await stage.release(version);
      await watch.until(
        (seen) => rolloutStatus(seen.rollout).currentHash !== oldHash && ended(seen, oldHash) !== undefined,
        subjectKeeps({
          what: `${namespace}: the rollout of ${version} to end`,
          timeoutMs: budgets.rolloutEndsMs,
          needsPodsOf: namespace,
        }),
      );
      return ended(watch, oldHash) ?? 'paused';
    },
    async [Symbol.asyncDispose]() {
      await running.stop().catch(() => undefined);
      await read[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}
