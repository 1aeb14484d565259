/** Autoscalers that scale what another one scales already, or something else than the canary that names them. */
import { asRecord, type Finding, findingAt, type ManifestObject, type ManifestSet, nameOf } from '../manifest-set.ts';
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
  return all.flatMap((autoscaler, index): readonly Finding[] => {
    const { kind, name } = scaleTarget(autoscaler);
    const before = all.slice(0, index).find(
      (other) =>
        other.namespace === autoscaler.namespace &&
        // one object twice is said elsewhere
        other.name !== autoscaler.name &&
        scaleTarget(other).kind === kind &&
        scaleTarget(other).name === name,
    );
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
  return set.objects
    .filter(({ group, kind }) => group === 'flagger.app' && kind === 'Canary')
    .flatMap((canary) => otherTarget(set, canary));
}

function otherTarget(set: ManifestSet, canary: ManifestObject): readonly Finding[] {
  const spec = asRecord(canary.value.spec);
  const [named, wanted] = [asRecord(spec?.autoscalerRef), asRecord(spec?.targetRef)];
  const autoscaler = autoscalers(set).find(
    ({ name, namespace }) =>
      named?.kind === 'HorizontalPodAutoscaler' && name === named.name && namespace === canary.namespace,
  );
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
