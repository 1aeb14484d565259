/** What the API server is asked for: a declared workload as it is, and pods like its own. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { Container, DeclaredWorkload } from './declared-workloads.ts';

/** Nothing of this name is ever made; it only must not be there yet. */
const SUFFIX = '-canaryproof-asks';
export const NAME_BESIDE = 'canaryproof-beside';
const LONGEST_NAME = 63;

/** What must be there once in a pod, or leads to what must be, stays with the first. */
export function beside(container: Container): Container {
  const {
    ports: _,
    livenessProbe: _live,
    readinessProbe: _ready,
    startupProbe: _start,
    lifecycle: _ends,
    ...kept
  } = container;
  return { ...kept, name: NAME_BESIDE };
}

const askedName = (name: string) => `${name.slice(0, LONGEST_NAME - SUFFIX.length)}${SUFFIX}`;

export function ownObject({ object: { value, name, namespace } }: DeclaredWorkload): KubeObject {
  const object = value as unknown as KubeObject;
  return { ...object, metadata: { ...object.metadata, name: askedName(name), namespace } };
}

export function podOf(
  { object, template }: DeclaredWorkload,
  containers: readonly Container[],
  initContainers?: readonly Container[],
): KubeObject {
  const { labels, annotations } = template.metadata ?? {};
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name: askedName(object.name), namespace: object.namespace },
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    // what the template of a Job says, and the API server asks of no pod
    spec: { ...template.spec, containers, ...(initContainers ? { initContainers } : {}) },
  };
}
