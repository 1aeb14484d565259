/** Holds a weight until the autoscaler has acted: nothing has moved for three of its periods, or its time is up. */
import { isPodReady } from '../../../k8s/client/readiness.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { HASH_LABEL, rolloutStatus } from '../../rollouts/rollout-object.ts';
import type { Scene } from '../../scene/scene.ts';
import type { Stage } from '../../stage/stage.ts';
import { type AutoscalerSight, GONE, whoBlinds } from './autoscaler.ts';
import type { AutoscalerWatch, ReplicaChange } from './autoscaler-watch.ts';
import { JUDGED_MS, STILL_MS } from './declaration.ts';
import type { Stretch } from './receiver-book.ts';

const LOOK_MS = 1_000;
/** Samples of new pods need two scrapes of the metrics server, and the autoscaler looks every 15 s. */
const SEES_MS = 120_000;

export interface TrackPods {
  readonly ready: number;
  /** Also those that start. */
  readonly all: number;
}

/** One weight, held. */
export interface Held {
  /** Percent; 0 before the canary. */
  readonly weight: number;
  readonly beganMs: number;
  /** The last part, in which nothing moved any more. */
  readonly judged: Stretch;
  /** False: something still moved when the time was up. */
  readonly isStill: boolean;
  /** `spec.replicas` */
  readonly replicas: number;
  readonly stable: TrackPods;
  readonly canary: TrackPods;
  /** The most of each that were there at once. */
  readonly most: { readonly replicas: number; readonly stable: number; readonly canary: number };
  readonly changes: readonly ReplicaChange[];
  /** The highest average over its target that the autoscaler saw while nothing moved. */
  readonly seen: AutoscalerSight | undefined;
}

export interface HoldRequest {
  readonly weight: number;
  readonly actsWithinMs: number;
  readonly stableHash: string;
}

/** Resolves with the autoscaler's own word when the manifests keep it from scaling; undefined: it scales. */
export async function untilActive(watch: AutoscalerWatch, scene: Scene): Promise<AutoscalerSight | undefined> {
  const deadlineMs = scene.now() + SEES_MS;
  for (;;) {
    const sight = watch.sights.at(-1)?.sight;
    if (sight?.isActive && sight.used !== undefined) return undefined;
    if (scene.now() > deadlineMs) return blinded(sight, SEES_MS);
    await scene.pause(LOOK_MS);
  }
}

/** @throws HarnessError AUTOSCALER_BLIND, AUTOSCALER_GONE (exit 3) where nobody delivers the metrics, or somebody deleted it */
export function blinded(sight: AutoscalerSight | undefined, waitedMs: number): AutoscalerSight {
  if (sight === GONE)
    throw environmentError('AUTOSCALER_GONE', 'the autoscaler of the copy was deleted while it was watched', {
      hint: 'Look at who did: it is none of this run.',
    });
  if (sight && whoBlinds(sight) === 'subject') return sight;
  const said = sight ? `${sight.reason}: ${sight.message}` : 'it said nothing';
  throw environmentError('AUTOSCALER_BLIND', `the autoscaler had no metrics after ${waitedMs / 1000} s (${said})`, {
    hint: 'Look at the metrics server: kubectl top pods must show the pods of the copy.',
  });
}

/** @throws HarnessError PODS_NOT_READY (exit 3) where pods never became ready; the scene's reason when the run is over */
export async function hold(
  { weight, actsWithinMs, stableHash }: HoldRequest,
  { stage, watch }: { readonly stage: Stage; readonly watch: AutoscalerWatch },
  scene: Scene,
): Promise<Held> {
  const beganMs = scene.now();
  const before = watch.changes.length;
  let [known, stillMs] = ['', beganMs];
  let most = { replicas: watch.replicas, stable: 0, canary: 0 };
  for (;;) {
    const { stable, canary } = await podsNow(stage, stableHash, scene);
    const { replicas } = watch;
    most = {
      replicas: Math.max(most.replicas, replicas),
      stable: Math.max(most.stable, stable.all),
      canary: Math.max(most.canary, canary.all),
    };
    const nowMs = scene.now();
    // one that sees nothing has not acted, however still it is
    const isBlind = watch.sights.at(-1)?.sight.isActive === false;
    const state = JSON.stringify([replicas, stable, canary, isBlind]);
    if (state !== known) [known, stillMs] = [state, nowMs];
    const isReady = stable.ready === stable.all && canary.ready === canary.all;
    const isStill = isReady && !isBlind && nowMs - stillMs >= STILL_MS;
    const isLate = nowMs - beganMs >= actsWithinMs + STILL_MS;
    if (isLate && !isReady && nowMs - stillMs >= STILL_MS)
      throw environmentError('PODS_NOT_READY', `pods of ${stage.namespace} did not become ready at ${weight} %`, {
        where: stage.namespace,
        hint: 'Their events say what they wait for; `kubectl describe pod` shows more.',
      });
    if (isStill || isLate) {
      const judged = { fromMs: nowMs - JUDGED_MS, toMs: nowMs };
      const changes = watch.changes.slice(before);
      // between two looks, too
      most = { ...most, replicas: Math.max(most.replicas, ...changes.map(({ to }) => to)) };
      return { weight, beganMs, judged, isStill, replicas, stable, canary, most, changes, seen: seenIn(watch, judged) };
    }
    await scene.pause(LOOK_MS);
  }
}

/** What it said last before the stretch still held when that began. */
function seenIn({ sights }: AutoscalerWatch, { fromMs }: Stretch): AutoscalerSight | undefined {
  const first = sights.findLastIndex(({ atMs }) => atMs <= fromMs);
  const seen = sights.slice(Math.max(0, first)).map(({ sight }) => sight);
  // the last word counts where it says that it cannot scale
  if (seen.at(-1)?.isActive === false) return seen.at(-1);
  return seen.toSorted((a, b) => (b.used ?? 0) - (a.used ?? 0))[0];
}

async function podsNow({ watch, namespace }: Stage, stableHash: string, { client }: Scene) {
  const canaryHash = rolloutStatus(watch.rollout).currentHash;
  const track = async (hash: string | undefined): Promise<TrackPods> => {
    if (!hash) return { ready: 0, all: 0 };
    const listed = await client.list({ apiVersion: 'v1', resource: 'pods', namespace }, `${HASH_LABEL}=${hash}`);
    const pods = listed.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return { ready: pods.filter((pod) => isPodReady(pod)).length, all: pods.length };
  };
  return {
    stable: await track(stableHash),
    canary: await track(canaryHash === stableHash ? undefined : canaryHash),
  };
}
