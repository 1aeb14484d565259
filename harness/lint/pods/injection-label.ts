/** The label by which a namespace asks for sidecars, where nobody reads it: on pods and on what makes them. */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asLabels,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';

const LABEL = 'istio-injection';
const OF_PODS = 'sidecar.istio.io/inject';
const MAKES_PODS = /^(Deployment|StatefulSet|DaemonSet|ReplicaSet|Rollout|Job)$/;

/** INJECTION_LABEL_MISPLACED: information, as somebody may have labelled the namespace by hand, and a canary behind a gateway needs no sidecar. */
export function injectionFindings(set: ManifestSet): readonly Finding[] {
  return set.objects.flatMap((object) => {
    const path = placeOf(object);
    if (path === undefined || asksItself(object)) return [];
    const isAsked = asksForPods(set, object.namespace);
    return [
      findingAt(object, path, {
        code: 'INJECTION_LABEL_MISPLACED',
        severity: 'info',
        sentence: `${nameOf(object)} carries the label ${LABEL}, which Istio reads of namespaces only: ${isAsked ? 'its namespace asks for sidecars, and this does not' : 'its pods get no sidecar by it'}`,
        hint: `Write ${LABEL}: enabled into the Namespace, or ${OF_PODS}: "true" into the labels of the pods.`,
      }),
    ];
  });
}

function placeOf({ kind, value }: ManifestObject): ValuePath | undefined {
  const places: readonly ValuePath[] = MAKES_PODS.test(kind)
    ? [
        ['spec', 'template', 'metadata', 'labels'],
        ['metadata', 'labels'],
      ]
    : kind === 'Pod'
      ? [['metadata', 'labels']]
      : [];
  const found = places.find((path) => labelsAt(value, path)[LABEL] === 'enabled');
  return found && [...found, LABEL];
}

/** By the label, or the annotation that it was before. */
function asksItself({ kind, value }: ManifestObject): boolean {
  const pods: ValuePath = kind === 'Pod' ? ['metadata'] : ['spec', 'template', 'metadata'];
  return ['labels', 'annotations'].some((key) => labelsAt(value, [...pods, key])[OF_PODS] === 'true');
}

function asksForPods({ objects, others = [] }: ManifestSet, namespace: string): boolean {
  return [...objects, ...others].some(({ kind, name, value }) => {
    if (kind !== 'Namespace' || name !== namespace) return false;
    const labels = labelsAt(value, ['metadata', 'labels']);
    return (
      labels[LABEL] === 'enabled' ||
      labels['istio.io/rev'] !== undefined ||
      labels['istio.io/dataplane-mode'] !== undefined
    );
  });
}

function labelsAt(value: ManifestObject['value'], path: ValuePath): Readonly<Record<string, string>> {
  return asLabels(path.reduce<unknown>((inner, key) => asRecord(inner)?.[String(key)], value));
}
