/** Conditions that mean "ready", as pure predicates over objects. */
import type { KubeObject } from './object.ts';

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
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
    (status.availableReplicas ?? status.readyReplicas ?? 0) >= wanted
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

export function containerStatuses(pod: KubeObject): readonly ContainerStatus[] {
  return (pod.status as { containerStatuses?: ContainerStatus[] } | undefined)?.containerStatuses ?? [];
}

/** Every container of a pod that is not on its way out says ready. */
export function isPodReady(pod: KubeObject): boolean {
  const statuses = containerStatuses(pod);
  const wanted = (pod.spec as { containers?: unknown[] } | undefined)?.containers?.length ?? 0;
  return (
    pod.metadata.deletionTimestamp === undefined && statuses.length === wanted && statuses.every((status) => status.ready)
  );
}
