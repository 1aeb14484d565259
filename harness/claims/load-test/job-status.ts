/** What a Job and its pod say of themselves (batch/v1, core/v1), as far as it is read. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason?: string;
    readonly startedAt?: string;
    readonly finishedAt?: string;
  };
}
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}
export interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly Condition[];
  readonly containerStatuses?: readonly { readonly name: string; readonly state?: ContainerState }[];
}
export interface JobStatus {
  readonly startTime?: string;
  readonly conditions?: readonly Condition[];
}

/** The pod of a Job as it was seen last, and whether it is gone since. */
export interface SeenPod {
  readonly pod: KubeObject;
  readonly isGone: boolean;
}

export const conditionOf = (
  status: { readonly conditions?: readonly Condition[] },
  type: string,
): Condition | undefined => status.conditions?.find((one) => one.type === type && one.status === 'True');

export function isFinished(job: KubeObject | undefined): boolean {
  const status = (job?.status ?? {}) as JobStatus;
  return (
    job === undefined || conditionOf(status, 'Complete') !== undefined || conditionOf(status, 'Failed') !== undefined
  );
}
