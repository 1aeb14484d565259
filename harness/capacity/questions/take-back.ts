/**
 * What an abort sends to stable under dynamicStableScale, and when. Argo Rollouts 1.9.2 moves weight to stable only as
 * stable's pods become available (`calculateDesiredWeightOnAbortOrStableRollback` in rollout/trafficrouting.go, and
 * `checkReplicasAvailable` there), step by step in reverse (`GetDesiredCanaryWeight` in utils/replicaset/canary.go), and
 * keeps the canary's pods for what they still get (`CalculateReplicaCountsForTrafficRoutedCanary`). Releases from 1.1 to 1.8
 * take no steps, and wait as well. So no available pod of stable ever gets more than its share with all of them, and
 * whether stable takes everything back is whether all of its pods hold the peak. Pure.
 */
import { headroomGate, type KnownCapacity } from './headroom.ts';

/** Pods of stable at a canary weight in percent: ⌈R(100−w)/100⌉ of its R; the others have to come before it takes all back. */
export function podsAtWeight(
  replicas: number,
  weightPercent: number,
): { readonly left: number; readonly missing: number } {
  const left = Math.ceil((replicas * (100 - weightPercent)) / 100);
  return { left, missing: replicas - left };
}

/** @param capacity measured with all pods of stable */
export function takesBack(capacity: KnownCapacity, peak: number): 'passed' | 'failed' | 'inconclusive' {
  return headroomGate(capacity, peak, 1);
}
