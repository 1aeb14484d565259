/** HorizontalPodAutoscalers that scale nothing, or something else than the Rollout. */
import {
  asRecord,
  type Finding,
  findingAt,
  isElsewhere,
  isKindUnknown,
  type ManifestObject,
  type ManifestSet,
  named,
  nameOf,
  ofAnyGroup,
  ofKind,
} from '../manifest-set.ts';
import { groupedBy } from '../once-per-list.ts';
import { rollouts, textOf } from './rollout-objects.ts';

const GROUPS: Readonly<Record<string, string>> = {
  Rollout: 'argoproj.io',
  Deployment: 'apps',
  StatefulSet: 'apps',
  ReplicaSet: 'apps',
};

/** HPA_TARGET_GROUP, HPA_TARGET_MISSING, HPA_TARGET_IS_REFERENCED. */
export function autoscalerFindings(set: ManifestSet): readonly Finding[] {
  return autoscalers(set).flatMap((autoscaler) => findingsOf(set, autoscaler));
}

export function autoscalers({ objects }: Pick<ManifestSet, 'objects'>): readonly ManifestObject[] {
  return ofKind(objects, 'autoscaling', 'HorizontalPodAutoscaler');
}

/** What an autoscaler names as its target. */
export function scaleTarget(autoscaler: ManifestObject): {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion: string;
} {
  const target = asRecord(asRecord(autoscaler.value.spec)?.scaleTargetRef);
  return { kind: textOf(target?.kind), name: textOf(target?.name), apiVersion: textOf(target?.apiVersion) };
}

function findingsOf(set: ManifestSet, autoscaler: ManifestObject): readonly Finding[] {
  const { kind, name, apiVersion } = scaleTarget(autoscaler);
  const wanted = GROUPS[kind];
  const path = ['spec', 'scaleTargetRef'];
  if (wanted === undefined) return [];
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (group !== wanted)
    return [
      findingAt(autoscaler, [...path, 'apiVersion'], {
        code: 'HPA_TARGET_GROUP',
        severity: 'error',
        sentence: `${nameOf(autoscaler)} scales a ${kind} of ${apiVersion || '(no apiVersion)'}, which does not exist: it never scales anything`,
        hint: `A ${kind} has the apiVersion ${wanted === 'apps' ? 'apps/v1' : 'argoproj.io/v1alpha1'}.`,
      }),
    ];
  const isBeside = ({ namespace }: ManifestObject): boolean => namespace === autoscaler.namespace;
  const isHere = named(set.objects, kind, name).some(isBeside);
  if (isHere) return kind === 'Deployment' ? referenced(set, autoscaler, name) : [];
  const rollout = named(set.objects, 'Rollout', name).find((one) => one.group === 'argoproj.io' && isBeside(one));
  if (isElsewhere(set, kind, name) && !rollout) return [];
  const here = ofAnyGroup(set.objects, kind).filter(isBeside);
  if (!rollout && (isKindUnknown(set, kind) || here.length === 0)) return [];
  return [
    findingAt(autoscaler, path, {
      code: 'HPA_TARGET_MISSING',
      severity: 'error',
      sentence: `${nameOf(autoscaler)} scales ${kind} ${name}, which does not exist: it never scales anything`,
      hint: rollout
        ? `There is ${nameOf(rollout)}: scaleTargetRef needs kind: Rollout and apiVersion: argoproj.io/v1alpha1.`
        : `There is ${here.map(nameOf).join(', ')}.`,
    }),
  ];
}

const byReference = groupedBy(({ value }: ManifestObject) => {
  const reference = asRecord(asRecord(value.spec)?.workloadRef);
  return reference ? [`${String(reference.kind)} ${String(reference.name)}`] : [];
});

/** A Rollout with workloadRef runs pods of its own and scales the Deployment down. */
function referenced(set: ManifestSet, autoscaler: ManifestObject, name: string): readonly Finding[] {
  const rollout = (byReference(rollouts(set)).get(`Deployment ${name}`) ?? []).find(
    ({ namespace }) => namespace === autoscaler.namespace,
  );
  if (!rollout) return [];
  return [
    findingAt(autoscaler, ['spec', 'scaleTargetRef'], {
      code: 'HPA_TARGET_IS_REFERENCED',
      severity: 'warning',
      sentence: `${nameOf(autoscaler)} scales Deployment ${name}, whose pods ${nameOf(rollout)} runs in its place (workloadRef)`,
      hint: 'It wakes the Deployment up again, whose pods no weight knows. Scale the Rollout.',
    }),
  ];
}
