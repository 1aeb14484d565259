/**
 * Aborts that never end. With dynamicStableScale the canary's weight goes down by the steps in reverse, to the next one that
 * needs fewer pods than the canary has (GetDesiredCanaryWeight, utils/replicaset/canary.go of Argo Rollouts 1.9); with
 * abortScaleDownDelaySeconds the canary keeps its pods until stable is whole (shouldDelayScaleDownOnAbort,
 * rollout/replicaset.go). So it stays at that step: each waits for the other. Played in
 * harness/capacity/questions/take-back.test.ts.
 */
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { CANARY, canaryOf, rollouts } from './rollout-objects.ts';

/** ROLLOUT_ABORT_STUCK */
export function stuckAbortFindings(set: ManifestSet): readonly Finding[] {
  return rollouts(set).flatMap((rollout): Finding[] => {
    const canary = canaryOf(rollout);
    if (canary?.trafficRouting === undefined || canary.dynamicStableScale !== true) return [];
    const { abortScaleDownDelaySeconds: delay } = canary;
    // 0 keeps no pods
    if (typeof delay !== 'number' || delay <= 0) return [];
    const stuck = stuckAt(rollout, canary);
    if (stuck === undefined) return [];
    return [
      findingAt(rollout, [...CANARY, 'abortScaleDownDelaySeconds'], {
        code: 'ROLLOUT_ABORT_STUCK',
        severity: 'warning',
        sentence: `${nameOf(rollout)} sets dynamicStableScale and abortScaleDownDelaySeconds, so an abort at ${stuck.from} % leaves the canary ${stuck.at} % for ever (Argo Rollouts 1.9.0 to 1.9.2)`,
        hint: "Leave abortScaleDownDelaySeconds out: with dynamicStableScale the canary's pods go as its traffic does.",
      }),
    ];
  });
}

/** The first step whose abort stays at another one, and that one. */
function stuckAt(
  rollout: ManifestObject,
  canary: Readonly<Record<string, unknown>>,
): { readonly from: number; readonly at: number } | undefined {
  const replicas = asRecord(rollout.value.spec)?.replicas ?? 1;
  if (typeof replicas !== 'number') return undefined;
  const podsFor = (weight: number) => Math.ceil((weight * replicas) / 100);
  const weights = asList(canary.steps).flatMap((step) => {
    const weight = asRecord(step)?.setWeight;
    return typeof weight === 'number' ? [weight] : [];
  });
  for (const from of weights) {
    const at = weights.findLast((weight) => podsFor(weight) < podsFor(from));
    if (at !== undefined && at > 0) return { from, at };
  }
  return undefined;
}
