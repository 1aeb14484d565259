/** Which pods were replaced or restarted between two looks. */
import type { KubeObject } from '../../k8s/client/object.ts';
import { containerStatuses } from '../../k8s/client/readiness.ts';
import type { Scene } from './scene.ts';

export interface PodIdentity {
  readonly uid: string;
  readonly restarts: number;
}

/** By name. */
export async function podIdentities(
  scene: Pick<Scene, 'client'>,
  namespace: string,
): Promise<ReadonlyMap<string, PodIdentity>> {
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace });
  const restarts = (pod: KubeObject) => containerStatuses(pod).reduce((sum, status) => sum + status.restartCount, 0);
  return new Map(pods.map((pod) => [pod.metadata.name, { uid: pod.metadata.uid ?? '', restarts: restarts(pod) }]));
}

/** Names of pods that came, went, were replaced under their name, or restarted a container. */
export function touchedPods(
  before: ReadonlyMap<string, PodIdentity>,
  after: ReadonlyMap<string, PodIdentity>,
): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    return old?.uid !== now?.uid || old?.restarts !== now?.restarts;
  });
}
