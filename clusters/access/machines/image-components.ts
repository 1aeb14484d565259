/** Which images the pods of a cluster really run, as components with their origin. */

import type { ComponentVersion } from '../../../harness/ports/component.ts';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';

interface Statuses {
  readonly containerStatuses?: readonly { readonly image?: string; readonly imageID?: string }[];
  readonly initContainerStatuses?: readonly { readonly image?: string; readonly imageID?: string }[];
}

/**
 * One component per image reference that the pods were given, sorted by name.
 * @param origins reference -> origin, for images that we loaded ourselves
 * @param nodeOrigin of the images that a node of our own build brings; undefined: the node is not ours
 */
export function imageComponents(
  pods: readonly KubeObject[],
  origins: ReadonlyMap<string, string>,
  nodeOrigin?: string,
): readonly ComponentVersion[] {
  const found = new Map<string, ComponentVersion>();
  for (const pod of pods) {
    const { containerStatuses = [], initContainerStatuses = [] } = (pod.status ?? {}) as Statuses;
    for (const { image, imageID } of [...containerStatuses, ...initContainerStatuses]) {
      if (image === undefined || found.has(image)) continue;
      const digest = /sha256:[0-9a-f]{64}/.exec(imageID ?? '')?.[0];
      const inNode = OF_THE_NODE.test(image) ? nodeOrigin : undefined;
      const known = origins.get(image) ?? origins.get(shortReference(image)) ?? inNode;
      found.set(image, {
        ...nameAndVersion(image),
        origin: [known, `image ${image}`, digest?.slice(0, 19)].filter(Boolean).join(', '),
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names under which kind expects the images of its nodes, whoever built them. */
const OF_THE_NODE = /^(registry\.k8s\.io|docker\.io\/kindest)\//;

/** Runtimes complete references: `docker.io/library/x:1` was `x:1`. */
export function shortReference(image: string): string {
  return image.replace(/^docker\.io\/(library\/)?/, '');
}

function nameAndVersion(image: string): { readonly name: string; readonly version: string } {
  const withoutDigest = image.split('@')[0] ?? image;
  const last = withoutDigest.split('/').at(-1) ?? withoutDigest;
  const at = last.indexOf(':');
  return at < 0 ? { name: last, version: 'no tag' } : { name: last.slice(0, at), version: last.slice(at + 1) };
}

/** Where addons run. */
export const SYSTEM_NAMESPACES = ['kube-system', 'istio-system', 'argocd', 'argo-rollouts', 'monitoring'];

export async function readComponents(
  client: ClusterClient,
  origins: ReadonlyMap<string, string>,
  nodeOrigin?: string,
): Promise<readonly ComponentVersion[]> {
  const version = JSON.parse(await client.getText('/version')) as { gitVersion?: string };
  const pods = await Promise.all(
    SYSTEM_NAMESPACES.map((namespace) => client.list({ apiVersion: 'v1', resource: 'pods', namespace })),
  );
  return [
    { name: 'kubernetes', version: version.gitVersion ?? 'unknown', origin: 'what the API server says of itself' },
    ...imageComponents(pods.flat(), origins, nodeOrigin),
  ];
}
