/**
 * Plays the controller of HorizontalPodAutoscalers: looks every 15 s, multiplies the pods that it counts (stable and canary)
 * by their average over the target, and adds one at a time.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { rolloutStatus } from '../../rollouts/rollout-object.ts';
import { podsOfHash } from './fake-rollout-pods.ts';
import type { RolloutsCluster } from './fake-rollouts-cluster.ts';

export interface AutoscalerPlay {
  /** Average over so many pods, in percent of their requests; undefined: nobody delivers it. */
  average(pods: number, nowMs: number): number | undefined;
  /** What it says when nobody does. */
  readonly blind?: { readonly reason: string; readonly message: string };
  /** What is written instead of the replicas that it wants. */
  writes?(wanted: number, nowMs: number): number;
}

const PERIOD_MS = 15_000;
const TOLERANCE = 0.1;

interface Spec {
  readonly scaleTargetRef: { readonly name: string };
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly { readonly resource: { readonly target: { readonly averageUtilization: number } } }[];
}

export function createFakeAutoscaler(cluster: RolloutsCluster, faults: { readonly autoscaler?: AutoscalerPlay }) {
  const lookedMs = new Map<string, number>();

  function look(object: KubeObject, rollout: KubeObject, play: AutoscalerPlay, nowMs: number): void {
    const { minReplicas, maxReplicas, metrics } = object.spec as unknown as Spec;
    const { replicas = 1 } = rollout.spec as { replicas?: number };
    const { stableHash = '', currentHash = '' } = rolloutStatus(rollout);
    const { namespace = '' } = rollout.metadata;
    const pods = [...new Set([stableHash, currentHash])].flatMap((hash) => podsOfHash(cluster, namespace, hash)).length;
    const target = metrics[0]?.resource.target.averageUtilization ?? 100;
    const average = play.average(pods, nowMs);
    const condition = { type: 'ScalingActive', status: average === undefined ? 'False' : 'True', ...play.blind };
    const ratio = average === undefined ? 1 : average / target;
    const asked = Math.abs(ratio - 1) <= TOLERANCE ? replicas : Math.ceil(ratio * pods - 1e-9);
    const desired = Math.min(maxReplicas, Math.max(minReplicas, Math.min(asked, replicas + 1)));
    cluster.write('horizontalpodautoscalers', {
      ...object,
      status: {
        ...{ desiredReplicas: desired, conditions: [condition] },
        currentMetrics:
          average === undefined
            ? null
            : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: Math.floor(average) } } }],
      },
    });
    const written = play.writes?.(desired, nowMs) ?? desired;
    if (written !== replicas) cluster.write('rollouts', { ...rollout, spec: { ...rollout.spec, replicas: written } });
  }

  return {
    act(nowMs: number): void {
      const { autoscaler } = faults;
      if (!autoscaler) return;
      for (const object of cluster.all('horizontalpodautoscalers')) {
        const { namespace = '', uid = '' } = object.metadata;
        const { scaleTargetRef } = object.spec as unknown as Spec;
        const rollout = cluster.read('rollouts', namespace, scaleTargetRef.name);
        if (!rollout || nowMs < (lookedMs.get(uid) ?? 0) + PERIOD_MS) continue;
        lookedMs.set(uid, nowMs);
        look(object, rollout, autoscaler, nowMs);
      }
    },
  };
}
