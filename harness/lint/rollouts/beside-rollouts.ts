/** Pods of other workloads that share the Service of a Rollout: they get requests that no step of it moves. */
import { isDeepStrictEqual } from 'node:util';
import {
  asLabels,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { podsWith, podTemplates, servicesSelecting } from '../routes/subsets.ts';
import { canaryOf, rollouts, routedServices } from './rollout-objects.ts';

const BESIDE = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/**
 * ROLLOUT_BESIDE_WORKLOAD: a Deployment whose pods carry what the Rollout selects, and a Service takes in both. Argo Rollouts
 * writes a hash into the selectors of stableService and canaryService (service.go), which leaves the others out; every other
 * Service sends them their share by the number of pods. A warning: it is also the state between two steps of a migration,
 * which ends with 0 replicas of the Deployment.
 */
export function besideFindings(set: ManifestSet): readonly Finding[] {
  return rollouts(set).flatMap((rollout): readonly Finding[] => {
    const canary = canaryOf(rollout);
    const selector = asLabels(asRecord(asRecord(rollout.value.spec)?.selector)?.matchLabels);
    if (!canary || canary.trafficRouting !== undefined || Object.keys(selector).length === 0) return [];
    const narrowed = new Set(routedServices(canary).map(({ name }) => name));
    const own = podTemplates(set).find(({ owner }) => owner === rollout);
    const services = own ? servicesSelecting(set, rollout.namespace, own.labels) : [];
    const others = podsWith(set, selector).filter(
      ({ owner, namespace }) =>
        namespace === rollout.namespace && BESIDE.has(owner.kind) && isRun(owner) && !isReferred(rollout, owner),
    );
    return others.slice(0, 1).flatMap(({ owner, labels }) => {
      const shared = servicesSelecting(set, rollout.namespace, labels).find(
        (service) => services.includes(service) && !narrowed.has(service.name),
      );
      if (!shared) return [];
      return [
        findingAt(rollout, ['spec', 'selector'], {
          code: 'ROLLOUT_BESIDE_WORKLOAD',
          severity: 'warning',
          sentence: `${nameOf(owner)} runs pods that ${nameOf(rollout)} selects as well, and ${nameOf(shared)} sends both their requests, so the old pods of ${owner.kind} ${owner.name} get a share whatever the canary's steps say`,
          hint: `Remove the ${owner.kind}, or scale it to 0; a Rollout can take its pod template over with spec.workloadRef.`,
        }),
      ];
    });
  });
}

function isRun({ value }: ManifestObject): boolean {
  return asRecord(value.spec)?.replicas !== 0;
}

/** `workloadRef`: the Rollout runs the pods of that one, and may scale it down. */
function isReferred(rollout: ManifestObject, { kind, name }: ManifestObject): boolean {
  const reference = asRecord(asRecord(rollout.value.spec)?.workloadRef);
  return reference !== undefined && isDeepStrictEqual([reference.kind, reference.name], [kind, name]);
}
