/** A cluster in memory whose writes are stored as an API server stores them, and whose waits last as long as they say. */
import type { WaitOptions } from '../../../k8s/client/cluster-client.ts';
import { type Collection, collectionPath, type KubeObject } from '../../../k8s/client/object.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { createFakeClusterClient, type FakeClusterClient } from '../fakes/fake-cluster-client.ts';

export interface RolloutsCluster extends FakeClusterClient {
  /** Objects of one resource in every namespace that is there. */
  all(resource: StoredResource): readonly KubeObject[];
  read(resource: StoredResource, namespace: string, name: string): KubeObject | undefined;
  /** What a controller writes: the whole object, or nothing where it is the same. */
  write(resource: StoredResource, object: KubeObject): void;
  drop(resource: StoredResource, namespace: string, name: string): void;
}

const STORED = {
  applications: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' },
  rollouts: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
  analysistemplates: { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate' },
  analysisruns: { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun' },
  virtualservices: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
  destinationrules: { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule' },
  gateways: { apiVersion: 'networking.istio.io/v1', kind: 'Gateway' },
  replicasets: { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  horizontalpodautoscalers: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  services: { apiVersion: 'v1', kind: 'Service' },
  configmaps: { apiVersion: 'v1', kind: 'ConfigMap' },
  secrets: { apiVersion: 'v1', kind: 'Secret' },
  pods: { apiVersion: 'v1', kind: 'Pod' },
} as const;
export type StoredResource = keyof typeof STORED;

export function resourceOf(kind: string | undefined): StoredResource | undefined {
  const found = Object.entries(STORED).find(([, stored]) => stored.kind === kind);
  return found?.[0] as StoredResource | undefined;
}

const collectionOf = (resource: StoredResource, namespace: string): Collection => ({
  apiVersion: STORED[resource].apiVersion,
  resource,
  namespace,
});

export function createRolloutsCluster(): RolloutsCluster {
  const base = createFakeClusterClient();
  const places = new Map<string, { resource: StoredResource; namespace: string; name: string }>();
  const stored = new Map<string, KubeObject>();
  const keyOf = (collection: Collection, name: string) => `${collectionPath(collection)}/${name}`;
  const { put, remove, apply, list, delete: deleteOne } = base;
  let uids = 0;

  const store = (collection: Collection, object: KubeObject) => {
    const key = keyOf(collection, object.metadata.name);
    const before = stored.get(key);
    const changed = before?.spec !== object.spec && JSON.stringify(before?.spec) !== JSON.stringify(object.spec);
    if (before && !changed && withoutSpec(before) === withoutSpec(object)) return;
    uids += before ? 0 : 1;
    const generation = (before?.metadata.generation ?? 0) + (changed ? 1 : 0);
    const uid = before?.metadata.uid ?? `uid-${uids}`;
    const whole = { ...object, metadata: { ...object.metadata, uid, generation } };
    stored.set(key, whole);
    places.set(key, {
      resource: collection.resource as StoredResource,
      namespace: collection.namespace ?? '',
      name: object.metadata.name,
    });
    put(collection, whole);
  };
  const forget = (collection: Collection, name: string) => {
    stored.delete(keyOf(collection, name));
    places.delete(keyOf(collection, name));
    remove(collection, name);
  };

  return Object.assign(base, {
    put: store,
    remove: forget,
    async apply(objects: readonly KubeObject[]) {
      for (const object of objects) {
        const resource = resourceOf(object.kind);
        if (resource) store(collectionOf(resource, object.metadata.namespace ?? ''), object);
      }
      await apply(objects);
    },
    get: async (collection: Collection, name: string) => stored.get(keyOf(collection, name)),
    async patch(collection: Collection, name: string, type: 'merge' | 'json', body: unknown) {
      const before = stored.get(keyOf(collection, name));
      if (!before || type !== 'merge') throw new TypeError(`cannot ${type}-patch ${name}`);
      store(collection, merged(before, body) as KubeObject);
      const write = `patch ${keyOf(collection, name)}`;
      base.writes.push(write);
      base.react(write);
      return stored.get(keyOf(collection, name)) as KubeObject;
    },
    async delete(collection: Collection, name: string) {
      forget(collection, name);
      if (collection.resource === 'namespaces')
        for (const place of [...places.values()].filter(({ namespace }) => namespace === name))
          forget(collectionOf(place.resource, name), place.name);
      await deleteOne(collection, name);
    },
    list: async (collection: Collection, selector?: string) => {
      const items = await list(collection, selector);
      return items.map(({ metadata: { name } }) => stored.get(keyOf(collection, name))!);
    },
    waitFor(
      collection: Collection,
      name: string,
      met: (object: KubeObject | undefined) => boolean,
      { timeoutMs, what, signal, ranOutAt }: WaitOptions,
    ) {
      const read = () => stored.get(keyOf(collection, name));
      return new Promise<KubeObject | undefined>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (met(read())) return resolve(read());
        const over = new AbortController();
        const end = (settle: () => void) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', stop);
          over.abort();
          settle();
        };
        const stop = () => end(() => reject(signal?.reason));
        const late = () =>
          end(() => reject(ranOutAt?.(read(), name) ?? environmentError('WAIT_TIMEOUT', `${what}: not in time`)));
        const timer = setTimeout(late, timeoutMs);
        signal?.addEventListener('abort', stop, { once: true });
        const look = () => {
          if (met(read())) end(() => resolve(read()));
        };
        void base.watch(collection, look, over.signal, `metadata.name=${name}`);
      });
    },
    // asked for at every tick
    all(resource: StoredResource) {
      const found: KubeObject[] = [];
      for (const [key, place] of places) if (place.resource === resource) found.push(stored.get(key)!);
      return found;
    },
    read: (resource: StoredResource, namespace: string, name: string) =>
      stored.get(keyOf(collectionOf(resource, namespace), name)),
    write: (resource: StoredResource, object: KubeObject) =>
      store(collectionOf(resource, object.metadata.namespace ?? ''), { ...STORED[resource], ...object }),
    drop: (resource: StoredResource, namespace: string, name: string) =>
      forget(collectionOf(resource, namespace), name),
  });
}

const withoutSpec = ({ spec: _, ...rest }: KubeObject): string => JSON.stringify(rest);

/** RFC 7396. */
function merged(before: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const from = typeof before === 'object' && before !== null && !Array.isArray(before) ? before : {};
  const result: Record<string, unknown> = { ...from };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
