/**
 * The steps of the copy: the claim's weights, each held, with as many canary pods as the declared steps give that weight.
 * Pure.
 */
import type { CanaryScale, RolloutStep } from '../../rollouts/rollout-object.ts';

/**
 * The `setCanaryScale` that is in force when a weight is first held: one that comes behind a pause or an analysis belongs
 * to the next weight. Of a weight that is not declared it is that of the next lower one.
 */
export function scaleAt(steps: readonly RolloutStep[], weight: number): CanaryScale | undefined {
  let inForce: CanaryScale | undefined;
  let newest: CanaryScale | undefined;
  let isHeld = false;
  for (const { setWeight, setCanaryScale } of steps) {
    if (setCanaryScale) {
      newest = setCanaryScale.matchTrafficWeight ? undefined : setCanaryScale;
      if (!isHeld) inForce = newest;
    } else if (setWeight === undefined) isHeld = true;
    else {
      if (setWeight > weight) return inForce;
      inForce = newest;
      isHeld = false;
    }
  }
  return inForce;
}

/** Each weight is waited at until somebody goes on. */
export function heldSteps(declared: readonly RolloutStep[], weights: readonly number[]): RolloutStep[] {
  let before: CanaryScale | undefined;
  return weights.flatMap((weight) => {
    const scale = scaleAt(declared, weight);
    const changed = scale !== before;
    before = scale;
    const scaled = changed ? [{ setCanaryScale: scale ?? { matchTrafficWeight: true } }] : [];
    return [...scaled, { setWeight: weight }, { pause: {} }];
  });
}

export interface CanaryPodsQuestion {
  readonly scale: CanaryScale | undefined;
  /** `spec.replicas` */
  readonly replicas: number;
  /** Percent. */
  readonly weight: number;
  /** `minPodsPerReplicaSet` */
  readonly least?: number;
}

/** As Argo Rollouts counts them with traffic routing: rounded up (utils/replicaset/canary.go, trafficWeightToReplicas). */
export function expectedCanaryPods({ scale, replicas, weight, least = 0 }: CanaryPodsQuestion): number {
  const pods = scale?.replicas ?? Math.ceil((replicas * (scale?.weight ?? weight)) / 100);
  return pods === 0 ? 0 : Math.max(pods, least);
}

export function scaleInWords(scale: CanaryScale): string {
  return scale.replicas === undefined
    ? `setCanaryScale keeps them at ${scale.weight} % of the replicas`
    : `setCanaryScale pins them to ${scale.replicas}`;
}
