/** What the cluster says of k6 in a pod. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { K6_CONTAINER } from './k6-job.ts';

interface PodStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly {
    readonly name: string;
    readonly state?: {
      readonly running?: object;
      readonly waiting?: { readonly reason?: string; readonly message?: string };
      readonly terminated?: { readonly exitCode: number };
    };
  }[];
}

export function k6State(pod: KubeObject | undefined) {
  const { containerStatuses = [] } = (pod?.status ?? {}) as PodStatus;
  return containerStatuses.find(({ name }) => name === K6_CONTAINER)?.state;
}
