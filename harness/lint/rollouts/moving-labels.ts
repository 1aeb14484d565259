/**
 * Arms that are told apart by a label which moves. A promotion takes the labels of canaryMetadata off the new pods before it
 * looks at weights, and those still say 100 % canary (rolloutCanary of Argo Rollouts 1.9: reconcileEphemeralMetadata comes
 * before reconcileTrafficRouting). For that moment no pod is in the canary's subset, or behind its Service.
 */
import {
  asLabels,
  asRecord,
  destinationRules,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  servicesNamed,
} from '../manifest-set.ts';
import { subsetsOfRule } from '../routes/subsets.ts';
import { CANARY, canaryOf, rollouts, routedServices, textOf } from './rollout-objects.ts';

type Labels = Readonly<Record<string, string>>;

/** ROLLOUT_ARM_LABEL_MOVES */
export function movingLabelFindings(set: ManifestSet): readonly Finding[] {
  return rollouts(set).flatMap((rollout): Finding[] => {
    const canary = canaryOf(rollout);
    const istio = asRecord(asRecord(canary?.trafficRouting)?.istio);
    if (!canary || !istio) return [];
    const moving = movingLabels(rollout, canary);
    return canaryArms(set, rollout, canary, istio).flatMap(({ what, labels }): Finding[] => {
      const found = Object.entries(labels).find(([key, value]) => moving[key] === value);
      if (!found) return [];
      return [
        findingAt(rollout, [...CANARY, 'canaryMetadata', 'labels', found[0]], {
          code: 'ROLLOUT_ARM_LABEL_MOVES',
          severity: 'warning',
          sentence: `${nameOf(rollout)} takes ${found.join('=')} off its pods when they become stable, before it takes the weight off ${what}, which selects by it: at the end of every release all requests are lost for a moment (503, no healthy upstream)`,
          hint: `Leave ${found[0]} out of what selects the pods: Argo Rollouts adds rollouts-pod-template-hash, which tells the arms apart without moving.`,
        }),
      ];
    });
  });
}

/** What pods carry only while they are the canary's. */
function movingLabels(rollout: ManifestObject, canary: Readonly<Record<string, unknown>>): Labels {
  const template = asRecord(asRecord(rollout.value.spec)?.template);
  const kept = {
    ...asLabels(asRecord(template?.metadata)?.labels),
    ...asLabels(asRecord(canary.stableMetadata)?.labels),
  };
  const own = asLabels(asRecord(canary.canaryMetadata)?.labels);
  return Object.fromEntries(Object.entries(own).filter(([key, value]) => kept[key] !== value));
}

interface Arm {
  readonly what: string;
  readonly labels: Labels;
}

/** A subset is looked up among the pods of its Service; of both it is the labels that count. */
function canaryArms(
  set: ManifestSet,
  rollout: ManifestObject,
  canary: Readonly<Record<string, unknown>>,
  istio: Readonly<Record<string, unknown>>,
): readonly Arm[] {
  const rule = asRecord(istio.destinationRule);
  if (rule)
    return destinationRules(set)
      .filter(({ name, namespace }) => name === textOf(rule.name) && namespace === rollout.namespace)
      .flatMap((one) => subsetsOfRule(set, one))
      .filter(({ name }) => name === textOf(rule.canarySubsetName))
      .map(({ name, rule: of, labels }) => ({ what: `subset ${name} of ${nameOf(of)}`, labels }));
  const [, { key, name }] = routedServices(canary);
  // with pingPong no label goes with one of the two
  if (key !== 'canaryService') return [];
  return servicesNamed(set, name)
    .filter(({ namespace }) => namespace === rollout.namespace)
    .map((service) => ({ what: nameOf(service), labels: asLabels(asRecord(service.value.spec)?.selector) }));
}
