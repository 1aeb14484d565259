/**
 * Claim kind `hpa`: under load the autoscaler adds pods up to its maximum, takes them away when the load has gone, and
 * no request is lost on the way. The load after the peak is low, but never nothing: pods that go must not take a request.
 */

import type { KubeObject } from '../../../k8s/client/object.ts';
import { seconds } from '../../documents/figures.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { untilNoneIsGoing } from '../../rollouts/pods-gone.ts';
import { ROLLOUTS } from '../../rollouts/rollout-object.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { isKept } from '../../scene/environments-fault.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { type RolloutLoadResult, type RunningLoad, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { HpaClaim } from './declaration.ts';

const AUTOSCALERS = { apiVersion: 'autoscaling/v2', resource: 'horizontalpodautoscalers' } as const;
const LOW_RATE = 10;
/** Time for a load beyond the limit that it serves. */
const MARGIN_MS = 60_000;

interface Bounds {
  readonly least: number;
  readonly most: number;
}

export async function judgeAutoscaler(claim: HpaClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const bounds = await boundsOf(claim, scene);
  await atMinimum(claim, bounds, scene);
  const running: RunningLoad[] = [];
  const loadOf = async (name: string, ratePerSecond: number, limitMs: number) => {
    const id = `${claim.id.replaceAll('/', '-')}-${name}`;
    const path = { ...claim.path, ratePerSecond };
    const placed = await placeLoad({ ...scene, ratePerSecond: undefined }, id, path, limitMs + MARGIN_MS);
    const title = `${claim.service}, ${name} at ${ratePerSecond} requests/s`;
    const load = startRolloutLoad({ id, title, placed, service: claim.service, versions: [] }, scene);
    running.push(load);
    await load.answered;
    return load;
  };
  try {
    const peak = await loadOf('peak', claim.path.ratePerSecond, claim.scalesOutWithinMs);
    const peakAt = scene.now();
    const grown = await replicasReach(claim, (available) => available > bounds.least, claim.scalesOutWithinMs, scene);
    const grownMs = scene.now() - peakAt;
    const high = await peak.stop();
    const ebb = await loadOf('ebb', LOW_RATE, claim.scalesInWithinMs);
    const ebbAt = scene.now();
    const shrunk = grown.met
      ? await replicasReach(claim, (_, replicas) => replicas === bounds.least, claim.scalesInWithinMs, scene)
      : { met: false, most: grown.most };
    const shrunkMs = scene.now() - ebbAt;
    const low = await ebb.stop();
    const lost = lostOf(high) + lostOf(low);
    const tooMany = Math.max(grown.most, shrunk.most) > bounds.most;
    const problems = [
      ...(grown.met ? [] : [`no pod was added within ${seconds(claim.scalesOutWithinMs)}`]),
      ...(grown.met && !shrunk.met
        ? [`not back at ${bounds.least} pods within ${seconds(claim.scalesInWithinMs)}`]
        : []),
      ...(tooMany ? [`${grown.most} pods are more than the maximum of ${bounds.most}`] : []),
      ...(lost > 0 ? [`${lost} requests were lost`] : []),
    ];
    return {
      claim: {
        id: claim.id,
        title: claim.title,
        outcome: onEvidence(
          problems.length === 0 ? 'passed' : 'failed',
          combineOutcomes([high, low].map(({ books }) => books.outcome)),
        ),
        sentence:
          problems.length === 0
            ? `${claim.path.ratePerSecond} requests/s brought ${Math.max(grown.most, shrunk.most)} pods after ${seconds(grownMs)}, and ${bounds.least} were left ${seconds(shrunkMs)} after the peak; none of ${high.stream.length + low.stream.length} requests was lost.`
            : `${problems.join('; ')}.`,
        details: [
          { label: 'bounds', value: `${bounds.least} to ${bounds.most} pods` },
          { label: 'most pods', value: String(Math.max(grown.most, shrunk.most)) },
          { label: 'lost requests', value: String(lost) },
        ],
        durationMs: scene.now() - startedAt,
      },
      books: [high.books, low.books],
    };
  } finally {
    await Promise.all(running.map((load) => load.stop().catch(() => undefined)));
  }
}

/** @throws HarnessError AUTOSCALER_MISSING */
async function boundsOf({ autoscaler: { namespace, name } }: HpaClaim, scene: Scene): Promise<Bounds> {
  const object = await scene.client.get({ ...AUTOSCALERS, namespace }, name);
  const spec = object?.spec as { minReplicas?: number; maxReplicas?: number } | undefined;
  if (spec?.maxReplicas === undefined)
    throw environmentError('AUTOSCALER_MISSING', `there is no HorizontalPodAutoscaler ${namespace}/${name}`);
  return { least: spec.minReplicas ?? 1, most: spec.maxReplicas };
}

/** Pods that an earlier load has left are none that this one brings. @throws PromiseNotKept where they stay without any */
async function atMinimum(
  { rollout: { namespace, name }, scalesInWithinMs: timeoutMs }: HpaClaim,
  { least }: Bounds,
  scene: Scene,
): Promise<void> {
  const { client, signal } = scene;
  const isLeast = (rollout: KubeObject | undefined) =>
    ((rollout?.status ?? {}) as { replicas?: number }).replicas === least;
  const what = `${namespace}/${name} to be at its minimum of ${least} pods before the peak`;
  const promised = subjectKeeps({ timeoutMs, what, signal, needsPodsOf: namespace });
  await client.waitFor({ ...ROLLOUTS, namespace }, name, isLeast, promised);
  await untilNoneIsGoing(namespace, scene);
}

async function replicasReach(
  { rollout: { namespace, name } }: HpaClaim,
  met: (available: number, replicas: number) => boolean,
  timeoutMs: number,
  scene: Scene,
): Promise<{ readonly met: boolean; readonly most: number }> {
  let most = 0;
  const look = (rollout: KubeObject | undefined) => {
    const status = (rollout?.status ?? {}) as { replicas?: number; availableReplicas?: number };
    most = Math.max(most, status.replicas ?? 0);
    return met(status.availableReplicas ?? 0, status.replicas ?? 0);
  };
  const what = `the replicas of ${namespace}/${name} to change`;
  const promised = subjectKeeps({ timeoutMs, what, signal: scene.signal, needsPodsOf: namespace });
  const reached = await isKept(scene, scene.client.waitFor({ ...ROLLOUTS, namespace }, name, look, promised));
  return { met: reached, most };
}

function lostOf({ stream }: RolloutLoadResult): number {
  let lost = 0;
  for (const { ending } of stream.entries()) if (ending === 'lost') lost += 1;
  return lost;
}
