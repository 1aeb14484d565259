/** ReplicaSets and pods of a Rollout in memory: as many as are wanted, ready at once, named after their template. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { RolloutsCluster } from './fake-rollouts-cluster.ts';

const HASH_LABEL = 'rollouts-pod-template-hash';

export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly { readonly env?: readonly { readonly name: string; readonly value?: string }[] }[];
  };
}

/** The same for the same content, in whatever order. */
export function templateHash(template: PodTemplate): string {
  const text = JSON.stringify(template, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  let hash = 5381;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(hash, 33) + text.charCodeAt(i)) >>> 0;
  return hash.toString(36);
}

export function keepReplicaSet(cluster: RolloutsCluster, rollout: KubeObject, hash: string): void {
  const { name, namespace = '' } = rollout.metadata;
  if (cluster.read('replicasets', namespace, `${name}-${hash}`)) return;
  const { template } = rollout.spec as { template: PodTemplate };
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  cluster.write('replicasets', {
    metadata: { name: `${name}-${hash}`, namespace },
    spec: { template: { ...template, metadata: { ...template.metadata, labels } } },
  });
}

export function templateOfHash(cluster: RolloutsCluster, rollout: KubeObject, hash: string): PodTemplate | undefined {
  const { name, namespace = '' } = rollout.metadata;
  const set = cluster.read('replicasets', namespace, `${name}-${hash}`);
  return (set?.spec as { template?: PodTemplate } | undefined)?.template;
}

/** What its pods call themselves: as released for a copy, or else by the image tag that is also a label. */
export function versionOfHash(cluster: RolloutsCluster, rollout: KubeObject, hash: string): string {
  const template = templateOfHash(cluster, rollout, hash);
  const named = template?.spec.containers[0]?.env?.find(({ name }) => name === 'VERSION')?.value;
  return named ?? template?.metadata?.labels?.version ?? 'unknown';
}

export function podsOfHash(cluster: RolloutsCluster, namespace: string, hash: string): readonly KubeObject[] {
  return cluster
    .all('pods')
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.[HASH_LABEL] === hash);
}

export function keepPods(cluster: RolloutsCluster, rollout: KubeObject, hash: string, wanted: number): void {
  const { name, namespace = '' } = rollout.metadata;
  const running = podsOfHash(cluster, namespace, hash);
  for (const pod of running.slice(wanted)) cluster.drop('pods', namespace, pod.metadata.name);
  const template = templateOfHash(cluster, rollout, hash);
  if (!template) return;
  const taken = new Set(running.map((pod) => pod.metadata.name));
  for (let left = wanted - running.length, i = 0; left > 0; i += 1) {
    const pod = `${name}-${hash}-${i}`;
    if (taken.has(pod)) continue;
    left -= 1;
    const owner = { kind: 'ReplicaSet', name: `${name}-${hash}`, uid: hash };
    const metadata = { name: pod, namespace, labels: template.metadata?.labels ?? {}, ownerReferences: [owner] };
    cluster.write('pods', readyPod({ metadata, spec: { ...template.spec } }));
  }
}

/** As a kubelet would have it. */
export function readyPod(pod: KubeObject): KubeObject {
  const { containers } = pod.spec as { containers: readonly { name: string }[] };
  const containerStatuses = containers.map(({ name }) => ({ name, ready: true, restartCount: 0 }));
  return { ...pod, status: { phase: 'Running', containerStatuses } };
}
