/** What pods say of their containers. */
import type { KubeObject } from '../../k8s/client/object.ts';

export interface PodSpec {
  readonly containers?: readonly { readonly name: string }[];
  readonly initContainers?: readonly { readonly name: string }[];
}

/** An ordinary or a native (restartable init) sidecar of that name. */
export function hasContainer(pod: KubeObject, name: string): boolean {
  const { containers = [], initContainers = [] } = (pod.spec ?? {}) as PodSpec;
  return [...containers, ...initContainers].some((container) => container.name === name);
}
