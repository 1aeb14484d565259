/** What can happen to a Rollout while it serves: each phase moves it, and leaves it settled for the next one. */

import type { MovingPhase } from '../documents/references.ts';
import { environmentError } from '../errors/harness-error.ts';
import { untilNoneIsGoing } from '../rollouts/pods-gone.ts';
import { isRolloutSettled, ROLLOUTS, type RolloutStep, rolloutStatus } from '../rollouts/rollout-object.ts';
import { abortRollout, undoRollout } from '../rollouts/rollout-orders.ts';
import type { RolloutWatch } from '../rollouts/rollout-watch.ts';
import { environmentKeeps, subjectKeeps } from '../scene/promise.ts';
import type { Scene } from '../scene/scene.ts';
import type { RolloutStream } from '../traffic/recorded-stream.ts';
import type { MovingStage } from './moving-stage.ts';
import { STABLE_VERSION } from './stage.ts';

/** Two weights that last a while: long enough to be in the middle of, short enough to be many. */
export const SHORT_STEPS: readonly RolloutStep[] = [
  { setWeight: 30 },
  { pause: { duration: '6s' } },
  { setWeight: 60 },
  { pause: { duration: '6s' } },
];
const PODS = { apiVersion: 'v1', resource: 'pods' } as const;
const MID_CANARY_MS = 3_000;
/** Nobody has got a version for so long: proxies that had not followed its weight would have sent it requests. */
const LEFT_MS = 2_000;
const LOOK_AGAIN_MS = 250;

/** Answers stand in the order in which they came: those of a time are not all in one place. */
const LATEST_ANSWER_MS = 10_000;

/** When the last request that this version answered began, of those since `sinceMs`. */
function lastStartMs(stream: RolloutStream, version: string, sinceMs: number): number | undefined {
  for (let index = stream.length - 1; index >= 0; index -= 1) {
    const entry = stream.at(index);
    if (entry.startMs < sinceMs - LATEST_ANSWER_MS) return undefined;
    if (entry.version === version && entry.startMs >= sinceMs) return entry.startMs;
  }
  return undefined;
}

/** Phases that need a release between nothing and everything. */
const MIDWAY: ReadonlySet<MovingPhase> = new Set(['abort', 'undo', 'supersede']);
export const isMidway = (phase: MovingPhase): boolean => MIDWAY.has(phase);

export interface PhaseRunner {
  run(phase: MovingPhase): Promise<void>;
}

export function createPhaseRunner(
  { stage, load, releaseToEnd }: MovingStage,
  replicas: number,
  scene: Scene,
): PhaseRunner {
  const { watch, namespace } = stage;
  const { budgets } = scene.profile;
  const ref = stage.rollout.ref;
  let version = 1;
  /** Whom everybody gets between two phases. */
  let stable = STABLE_VERSION;
  const nextVersion = () => {
    version += 1;
    return `v${version}`;
  };
  const stableHash = () => rolloutStatus(watch.rollout).stableHash ?? '';
  const settled = (seen: RolloutWatch) => isRolloutSettled(seen.rollout) && seen.weights.at(-1)?.weight === 0;
  const promised = (what: string, timeoutMs = budgets.rolloutEndsMs) =>
    subjectKeeps({ what: `${namespace}: ${what}`, timeoutMs, needsPodsOf: namespace });
  const isSettled = (what: string) => watch.until(settled, promised(what));

  /** A new version in the middle of its canary. */
  async function toMidCanary(): Promise<void> {
    const weights = watch.weights.length;
    await stage.release(nextVersion());
    await watch.until(
      (seen) => seen.weights.length > weights && (seen.weights.at(-1)?.weight ?? 0) > 0,
      promised('the canary to get its weight'),
    );
    await scene.pause(MID_CANARY_MS);
  }

  /**
   * Weights that are written are not yet those of every proxy. Whoever releases or goes back in the same instant takes away pods
   * that some of them still send requests to; Argo Rollouts keeps those of an older or aborted version for 30 s, for that reason.
   */
  async function clientsLeave(left: string): Promise<void> {
    const beganMs = scene.now();
    const wait = promised(`clients to get ${left} no more`);
    const gotItAt = () => lastStartMs(load.stream, left, scene.now() - LEFT_MS) ?? beganMs;
    while (scene.now() - Math.max(beganMs, gotItAt()) < LEFT_MS) {
      if (scene.now() - beganMs > wait.timeoutMs)
        throw wait.ranOut({ instead: 'they still got it', where: stage.host });
      await scene.pause(LOOK_AGAIN_MS);
    }
  }

  async function promoteTo(next: string, what: string): Promise<void> {
    await releaseToEnd(next);
    await isSettled(what);
    await clientsLeave(stable);
    stable = next;
  }

  const phases: Readonly<Record<MovingPhase, () => Promise<void>>> = {
    async promote() {
      await promoteTo(nextVersion(), 'the promoted version to be settled');
    },
    async abort() {
      const hash = stableHash();
      await toMidCanary();
      await abortRollout(scene, ref);
      await watch.until(
        (seen) => rolloutStatus(seen.rollout).abort && seen.weights.at(-1)?.weight === 0,
        // whatever its pods do
        subjectKeeps({ what: `${namespace}: the weight to go back to 0`, timeoutMs: budgets.rolloutEndsMs }),
      );
      await clientsLeave(`v${version}`);
      // the version that was given up is replaced by the stable one, so that the next phase starts from a settled state
      await undoRollout(scene, ref, hash);
      await isSettled('the aborted rollout to be settled');
    },
    async undo() {
      const hash = stableHash();
      await toMidCanary();
      await undoRollout(scene, ref, hash);
      await watch.until(
        (seen) => settled(seen) && rolloutStatus(seen.rollout).stableHash === hash,
        promised('the older version to serve everything'),
      );
      await clientsLeave(`v${version}`);
    },
    async supersede() {
      await toMidCanary();
      const superseded = `v${version}`;
      await promoteTo(nextVersion(), 'the third version to be settled');
      await clientsLeave(superseded);
    },
    async restart() {
      const pods = await scene.client.list({ ...PODS, namespace }, `rollouts-pod-template-hash=${stableHash()}`);
      const [first] = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      if (!first)
        throw environmentError('PODS_MISSING', `${namespace} has no pod of the stable version to restart`, {
          where: `Rollout ${namespace}/${ref.name}`,
          hint: 'Somebody else scaled or deleted the copy: look at its events.',
        });
      await scene.client.delete({ ...PODS, namespace }, first.metadata.name);
      await scene.client.waitFor(
        { ...PODS, namespace },
        first.metadata.name,
        (pod) => pod === undefined || pod.metadata.uid !== first.metadata.uid,
        // the kubelet ends it, and nothing of the Rollout has a say in that
        environmentKeeps({
          timeoutMs: budgets.podsReadyMs,
          what: `pod ${first.metadata.name} to be gone`,
          signal: scene.signal,
        }),
      );
      await isSettled('the restarted pod to be replaced');
    },
    async 'scale-down'() {
      await scale(replicas + 1);
      await scale(replicas);
    },
  };

  async function scale(count: number): Promise<void> {
    await scene.client.patch({ ...ROLLOUTS, namespace }, ref.name, 'merge', { spec: { replicas: count } });
    await watch.until(
      ({ rollout }) => {
        const status = (rollout?.status ?? {}) as { availableReplicas?: number; replicas?: number };
        return isRolloutSettled(rollout) && status.availableReplicas === count && status.replicas === count;
      },
      promised(`${count} replicas`, budgets.podsReadyMs),
    );
    // a pod that is on its way out still answers, and that is what is being watched
    await untilNoneIsGoing(namespace, scene);
  }

  return { run: (phase) => phases[phase]() };
}
