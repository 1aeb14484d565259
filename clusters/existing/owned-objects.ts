/** Finds and removes whatever carries our label, of every kind that the cluster serves; the label is the only record. */
import pLimit from 'p-limit';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { Collection, KubeObject } from '../../k8s/client/object.ts';
import { OWNER_LABEL } from '../access/ownership.ts';

export interface OwnedObject {
  readonly collection: Collection;
  readonly kind: string;
  readonly object: KubeObject;
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** Made by controllers with the labels of what they belong to; they go with it. */
const DERIVED = new Set(['endpoints', 'endpointslices', 'events', 'pods', 'replicasets', 'controllerrevisions']);
/** Source: istio's pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go. */
const ISTIO = { namespace: 'istio-system', configMaps: ['istio-ca-root-cert', 'istio-ca-crl'] } as const;
const AT_ONCE = 8;
const GONE_MS = 180_000;
const POLL_MS = 500;

export async function listOwned(client: ClusterClient, cluster: string): Promise<readonly OwnedObject[]> {
  const groups = JSON.parse(await client.getText('/apis')) as {
    groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
  };
  const versions = ['v1', ...groups.groups.map((group) => group.preferredVersion.groupVersion)];
  const limit = pLimit(AT_ONCE);
  const lists = versions.map((apiVersion) =>
    limit(async () => {
      const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      // an aggregated API whose server is away answers nothing, and holds nothing of ours
      const text = await client.getText(path).catch(() => '{"resources":[]}');
      const { resources } = JSON.parse(text) as { resources: readonly ApiResource[] };
      const wanted = resources.filter(
        ({ name, verbs }) =>
          !name.includes('/') && !DERIVED.has(name) && verbs.includes('list') && verbs.includes('delete'),
      );
      const found: OwnedObject[] = [];
      for (const { name: resource, kind } of wanted) {
        const items = await client.list({ apiVersion, resource }, `${OWNER_LABEL}=${cluster}`).catch(() => []);
        for (const object of items) {
          const { namespace } = object.metadata;
          found.push({
            collection: { apiVersion, resource, ...(namespace === undefined ? {} : { namespace }) },
            kind,
            object,
          });
        }
      }
      return found;
    }),
  );
  return (await Promise.all(lists)).flat();
}

/** Argo CD's objects first, while its controllers still are there to remove what they made; definitions last. */
const FIRST = new Set(['Application', 'ApplicationSet', 'Rollout']);
const LAST = new Set(['CustomResourceDefinition']);

/**
 * @returns how many objects were removed
 * @throws HarnessError OBJECTS_REMAIN
 */
export async function removeOwned(client: ClusterClient, cluster: string): Promise<number> {
  const owned = await listOwned(client, cluster);
  const rank = ({ kind }: OwnedObject) => (FIRST.has(kind) ? 0 : kind === 'Namespace' ? 1 : LAST.has(kind) ? 3 : 2);
  for (const wanted of [0, 1, 2, 3]) {
    const batch = owned.filter((object) => rank(object) === wanted);
    await Promise.all(batch.map(({ collection, object }) => client.delete(collection, object.metadata.name)));
    await untilGone(client, batch);
  }
  return owned.length + (await removeIstioTraces(client, owned));
}

/**
 * istiod writes its certificate into every namespace, those of others included; without it nobody takes them away.
 * Only where the namespace of istiod was ours, and only what came after it: an earlier Istio's are not ours.
 */
async function removeIstioTraces(client: ClusterClient, owned: readonly OwnedObject[]): Promise<number> {
  const ours = owned.find(({ kind, object }) => kind === 'Namespace' && object.metadata.name === ISTIO.namespace);
  const since = Date.parse(String(ours?.object.metadata.creationTimestamp));
  if (Number.isNaN(since)) return 0;
  const maps = await client.list({ apiVersion: 'v1', resource: 'configmaps' }, 'istio.io/config=true');
  const left = maps.filter(
    ({ metadata }) =>
      ISTIO.configMaps.some((name) => name === metadata.name) &&
      Date.parse(String(metadata.creationTimestamp)) >= since,
  );
  for (const { metadata } of left) {
    const { name, namespace = 'default' } = metadata;
    await client.delete({ apiVersion: 'v1', resource: 'configmaps', namespace }, name);
  }
  return left.length;
}

async function untilGone(client: ClusterClient, batch: readonly OwnedObject[]): Promise<void> {
  const deadline = Date.now() + GONE_MS;
  let left = batch;
  for (;;) {
    const there = await Promise.all(
      left.map(async (item) => {
        const found = await client.get(item.collection, item.object.metadata.name).catch(() => undefined);
        return found?.metadata.uid === item.object.metadata.uid ? item : undefined;
      }),
    );
    left = there.filter((item) => item !== undefined);
    if (left.length === 0) return;
    if (Date.now() > deadline)
      throw environmentError(
        'OBJECTS_REMAIN',
        `${left.map(({ kind, object }) => `${kind} ${object.metadata.name}`).join(', ')} cannot be removed`,
        {
          hint: 'Their finalizers wait for a controller; look at them with kubectl, then run `canaryproof down` again.',
        },
      );
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
