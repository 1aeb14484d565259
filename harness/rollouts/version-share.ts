/**
 * What the objects of a Rollout promise the released version, moment by moment: weight x what the subsets select. Pure.
 *
 * The weight of a route belongs to a subset, not to a version. When a rollout completes, the released version becomes the
 * stable one and the weight of the canary subset returns to 0: clients get the version all the time, and a line drawn in
 * terms of the subset would fall to 0 % where they rightly get 100 %. Argo Rollouts lets the stable subset select
 * `status.stableRS` and the canary subset `status.currentPodHash` (utils/replicaset, trafficrouting/istio: UpdateHash).
 */
import type { RolloutWatch, SeenStatus } from './rollout-watch.ts';

export interface VersionShare {
  readonly atMs: number;
  /** 0 to 1. */
  readonly share: number;
  readonly source: string;
}

/** A step at every moment at which the share changed or the route was written; times of arrival, Unix milliseconds. */
export function versionShares({ weights, statuses }: Pick<RolloutWatch, 'weights' | 'statuses'>): VersionShare[] {
  const released = releasedHash(statuses);
  const moments = [...new Set([...weights.map(({ atMs }) => atMs), ...statuses.map(({ atMs }) => atMs)])];
  const steps: VersionShare[] = [];
  for (const atMs of moments.toSorted((a, b) => a - b)) {
    const route = weights.findLast((one) => one.atMs <= atMs);
    if (route === undefined) continue;
    const status = statuses.findLast((one) => one.atMs <= atMs)?.status;
    const canary = released === undefined || status?.currentHash === released ? 1 : 0;
    const stable = released !== undefined && status?.stableHash === released ? 1 : 0;
    const share = (route.weight * canary + (100 - route.weight) * stable) / 100;
    const written = route.atMs === atMs;
    if (!written && share === (steps.at(-1)?.share ?? 0)) continue;
    steps.push({
      atMs,
      share,
      source: `VirtualService resourceVersion ${route.resourceVersion}, canary subset ${route.weight} %${stable === 1 ? '; the stable subset selects this version, too' : ''}`,
    });
  }
  return steps;
}

/** The last hash that was current and not stable at first; undefined where nothing was released. */
function releasedHash(statuses: readonly SeenStatus[]): string | undefined {
  const before = statuses.find(({ status }) => status.stableHash !== undefined)?.status.stableHash;
  return statuses.findLast(({ status }) => status.currentHash !== undefined && status.currentHash !== before)?.status
    .currentHash;
}
