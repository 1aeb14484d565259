/**
 * Weights that pod counts cannot give. Without traffic routing the share of a canary is the share of its pods, in the
 * count that is nearest to the weight (utils/replicaset/canary.go of Argo Rollouts 1.9,
 * approximateWeightedCanaryStableReplicaCounts).
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
import { groupedBy } from '../once-per-list.ts';
import { scaleTarget } from './autoscaler-targets.ts';
import { CANARY, canaryOf, rollouts } from './rollout-objects.ts';

/** Shares, 0–1: nearer than this counts as what was asked for. */
const TOLERATED = 0.05;

/** ROLLOUT_STEPS_NOT_REALISABLE; not where an autoscaler sets the number of pods. */
export function realisableStepFindings(set: ManifestSet): readonly Finding[] {
  return rollouts(set).flatMap((rollout): Finding[] => {
    const canary = canaryOf(rollout);
    if (!canary || canary.trafficRouting !== undefined || isScaled(set, rollout)) return [];
    const replicas = asRecord(rollout.value.spec)?.replicas ?? 1;
    if (typeof replicas !== 'number' || replicas < 1) return [];
    const steps = asList(canary.steps);
    // with setCanaryScale the counts are chosen by hand
    if (steps.some((step) => asRecord(step)?.setCanaryScale !== undefined)) return [];
    const missed = steps.flatMap((step, index) => {
      const weight = asRecord(step)?.setWeight;
      if (typeof weight !== 'number' || weight <= 0 || weight >= 100) return [];
      const { canaryPods, pods } = nearestPodCounts(replicas, weight, canSurge(canary, replicas));
      return Math.abs(canaryPods / pods - weight / 100) > TOLERATED ? [{ weight, canaryPods, pods, index }] : [];
    });
    const [first] = missed;
    if (!first) return [];
    const shown = missed.map(
      ({ weight, canaryPods, pods }) =>
        `${weight} % becomes ${canaryPods} of ${pods} pods (${Math.round((canaryPods / pods) * 100)} %)`,
    );
    return [
      findingAt(rollout, [...CANARY, 'steps', first.index], {
        code: 'ROLLOUT_STEPS_NOT_REALISABLE',
        severity: 'warning',
        sentence: `${nameOf(rollout)} has ${replicas} replica${replicas === 1 ? '' : 's'} and no trafficRouting, so its weights cannot happen: ${shown.join('; ')}`,
        hint: 'Add trafficRouting, more replicas, or write weights that the number of pods can give.',
      }),
    ];
  });
}

/** Pods of the canary and of both, for a weight of 1 to 99. */
export function nearestPodCounts(
  replicas: number,
  weight: number,
  maySurge: boolean,
): { readonly canaryPods: number; readonly pods: number } {
  const exact = (replicas * weight) / 100;
  const [up, down] = [Math.ceil(exact), Math.floor(exact)];
  const isZeroAllowed = replicas === 1 && !maySurge;
  const options = [
    ...(up < replicas || isZeroAllowed ? [{ canaryPods: up, pods: replicas }] : []),
    ...(down !== 0 || isZeroAllowed ? [{ canaryPods: down, pods: replicas }] : []),
    ...(maySurge ? [{ canaryPods: up, pods: replicas + 1 }] : []),
    ...(maySurge && down !== 0 ? [{ canaryPods: down, pods: replicas + 1 }] : []),
  ];
  const distance = ({ canaryPods, pods }: { canaryPods: number; pods: number }) =>
    Math.abs(canaryPods / pods - weight / 100);
  const [first, ...rest] = options;
  if (!first) return { canaryPods: 0, pods: replicas };
  return rest.reduce((best, one) => (distance(one) < distance(best) ? one : best), first);
}

/** `maxSurge`: a count or a percentage that is rounded up; 25 % where it is left out. */
function canSurge(canary: Readonly<Record<string, unknown>>, replicas: number): boolean {
  const { maxSurge = '25%' } = canary;
  if (typeof maxSurge === 'number') return maxSurge > 0;
  const percent = /^(\d+)%$/.exec(String(maxSurge))?.[1] ?? String(maxSurge);
  return Math.ceil((Number(percent) * replicas) / 100) > 0;
}

function isScaled(set: ManifestSet, rollout: ManifestObject): boolean {
  return (scaledRollouts(set.objects).get(rollout.name) ?? []).some(({ namespace }) => namespace === rollout.namespace);
}

const scaledRollouts = groupedBy((object: ManifestObject) => {
  if (object.kind !== 'HorizontalPodAutoscaler' && object.kind !== 'ScaledObject') return [];
  const { kind, name } = scaleTarget(object);
  return kind === 'Rollout' ? [name] : [];
});
