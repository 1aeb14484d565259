/** Conditions that mean "ready", as pure predicates over objects. */
import type { KubeObject } from './object.ts';

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
}

/** A Deployment or StatefulSet whose newest template is fully rolled out and ready. */
export function isRolledOut(object: KubeObject | undefined): boolean {
  if (!object) return false;
  const status = (object.status ?? {}) as WorkloadStatus;
  const wanted = Number((object.spec as { replicas?: number } | undefined)?.replicas ?? 1);
  return (
    (status.observedGeneration ?? 0) >= (object.metadata.generation ?? 0) &&
    (status.updatedReplicas ?? 0) >= wanted &&
    (status.replicas ?? 0) <= wanted &&
    // the API leaves zeros out: absent is none
    (status.availableReplicas ?? 0) >= wanted
  );
}

/** A CustomResourceDefinition that the API server serves. */
export function isEstablished(object: KubeObject | undefined): boolean {
  const conditions = (object?.status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions;
  return conditions?.some((c) => c.type === 'Established' && c.status === 'True') ?? false;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image?: string;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

interface PodStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}
interface PodSpec {
  readonly containers?: readonly { readonly name: string }[];
  readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[];
}

/** Names of the containers that run as long as the pod does: ordinary ones and native sidecars, as `kubectl` counts. */
function runningContainers(pod: KubeObject): ReadonlySet<string> {
  const { containers = [], initContainers = [] } = (pod.spec ?? {}) as PodSpec;
  const sidecars = initContainers.filter((container) => container.restartPolicy === 'Always');
  return new Set([...containers, ...sidecars].map((container) => container.name));
}

/** Status of every container that runs as long as the pod does. */
export function containerStatuses(pod: KubeObject): readonly ContainerStatus[] {
  const { containerStatuses: ordinary = [], initContainerStatuses: init = [] } = (pod.status ?? {}) as PodStatus;
  const running = runningContainers(pod);
  return [...ordinary, ...init].filter((status) => running.has(status.name));
}

/** It has done its work, and will never be ready again: of a Job. */
export const isPodDone = (pod: KubeObject): boolean => phaseOf(pod) === 'Succeeded';

/** Done, or failed at it: nobody waits for it, as whatever needs such a pod makes another. */
export const isPodOver = (pod: KubeObject): boolean => isPodDone(pod) || phaseOf(pod) === 'Failed';

const phaseOf = ({ status }: KubeObject) => ((status ?? {}) as PodStatus).phase;

/** Every container of a pod that is not on its way out says ready. */
export function isPodReady(pod: KubeObject): boolean {
  const statuses = containerStatuses(pod);
  return (
    pod.metadata.deletionTimestamp === undefined &&
    statuses.length === runningContainers(pod).size &&
    statuses.every((status) => status.ready)
  );
}
