/** Autoscalers that scale what another one scales already, or something else than the canary that names them. */
import {
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  named,
  nameOf,
  ofKind,
} from '../manifest-set.ts';
import { autoscalers, scaleTarget } from './autoscaler-targets.ts';

/**
 * HPA_TARGET_SHARED: Kubernetes refuses to scale pods that two autoscalers select (condition AmbiguousSelector).
 * HPA_OF_ANOTHER_TARGET: Flagger copies the autoscaler that a Canary names for its primary; the one named goes on scaling
 * whatever it says.
 */
export function sharedTargetFindings(set: ManifestSet): readonly Finding[] {
  return [...sharedTargets(set), ...otherTargets(set)];
}

function sharedTargets(set: ManifestSet): readonly Finding[] {
  const all = autoscalers(set);
  const earlier = new Map<string, ManifestObject[]>();
  return all.flatMap((autoscaler): readonly Finding[] => {
    const { kind, name } = scaleTarget(autoscaler);
    const target = [autoscaler.namespace, kind, name].join('\n');
    const ofTarget = earlier.get(target) ?? [];
    // one object twice is said elsewhere
    const before = ofTarget.find((other) => other.name !== autoscaler.name);
    ofTarget.push(autoscaler);
    earlier.set(target, ofTarget);
    if (!before || name === '') return [];
    return [
      findingAt(autoscaler, ['spec', 'scaleTargetRef'], {
        code: 'HPA_TARGET_SHARED',
        severity: 'warning',
        sentence: `${nameOf(before)} and ${nameOf(autoscaler)} both scale ${kind} ${name}: Kubernetes then follows neither`,
        hint: 'One HorizontalPodAutoscaler can have several metrics.',
      }),
    ];
  });
}

function otherTargets(set: ManifestSet): readonly Finding[] {
  return ofKind(set.objects, 'flagger.app', 'Canary').flatMap((canary) => otherTarget(set, canary));
}

function otherTarget(set: ManifestSet, canary: ManifestObject): readonly Finding[] {
  const spec = asRecord(canary.value.spec);
  const [reference, wanted] = [asRecord(spec?.autoscalerRef), asRecord(spec?.targetRef)];
  const autoscaler =
    reference?.kind === 'HorizontalPodAutoscaler'
      ? named(set.objects, 'HorizontalPodAutoscaler', String(reference.name)).find(
          ({ group, namespace }) => group === 'autoscaling' && namespace === canary.namespace,
        )
      : undefined;
  if (!autoscaler || typeof wanted?.name !== 'string') return [];
  const target = scaleTarget(autoscaler);
  if (target.name === wanted.name && target.kind === wanted.kind) return [];
  return [
    findingAt(autoscaler, ['spec', 'scaleTargetRef', 'name'], {
      code: 'HPA_OF_ANOTHER_TARGET',
      severity: 'error',
      sentence: `${nameOf(canary)} releases ${String(wanted.kind)} ${wanted.name} and names ${nameOf(autoscaler)} as its autoscaler, which scales ${target.kind} ${target.name}`,
      hint: `Write name: ${wanted.name} in its scaleTargetRef.`,
    }),
  ];
}
