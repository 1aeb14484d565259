/** A cluster in memory: objects, watchers, and a hook that plays the controllers. No time passes: waits end at once. */

import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import { type Collection, collectionPath, type KubeObject } from '../../../k8s/client/object.ts';
import type { OnWatchEvent } from '../../../k8s/client/watch.ts';
import { environmentError } from '../../errors/harness-error.ts';

export interface FakeClusterClient extends ClusterClient {
  /** Every write of the code under test, such as `delete /api/v1/namespaces/shop/pods/a`. */
  readonly writes: string[];
  /** Called after each of them; what a controller would do about it. */
  react: (write: string) => void;
  put(collection: Collection, object: KubeObject): void;
  remove(collection: Collection, name: string): void;
  /** Objects that were applied, whatever their kind. */
  readonly applied: KubeObject[];
}

/** A wait that is not met after so many turns of the event loop will not be. */
const TURNS = 5;

export function createFakeClusterClient(): FakeClusterClient {
  const objects = new Map<string, Map<string, KubeObject>>();
  const watchers = new Set<{
    readonly path: string;
    readonly onEvent: OnWatchEvent;
    readonly name: string | undefined;
  }>();
  const writes: string[] = [];
  const applied: KubeObject[] = [];
  let version = 0;
  const stored = (collection: Collection) => {
    const path = collectionPath(collection);
    const known = objects.get(path) ?? new Map<string, KubeObject>();
    objects.set(path, known);
    return known;
  };
  const tell = (collection: Collection, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject) => {
    for (const watcher of watchers)
      if (
        watcher.path === collectionPath(collection) &&
        (watcher.name ?? object.metadata.name) === object.metadata.name
      )
        watcher.onEvent(type, object, { source: 'watch', sinceMs: undefined });
  };
  const wrote = (verb: string, collection: Collection, name: string) => {
    const write = `${verb} ${collectionPath(collection)}/${name}`;
    writes.push(write);
    client.react(write);
  };
  const client: FakeClusterClient = {
    writes,
    applied,
    react: () => undefined,
    put(collection, object) {
      version += 1;
      const type = stored(collection).has(object.metadata.name) ? 'MODIFIED' : 'ADDED';
      const metadata = { uid: `uid-${version}`, ...object.metadata, resourceVersion: String(version) };
      stored(collection).set(object.metadata.name, { ...object, metadata });
      tell(collection, type, { ...object, metadata });
    },
    remove(collection, name) {
      const object = stored(collection).get(name);
      stored(collection).delete(name);
      if (object) tell(collection, 'DELETED', object);
    },
    async apply(list) {
      for (const object of list) {
        applied.push(object);
        writes.push(`apply ${object.kind} ${object.metadata.name}`);
        client.react(writes.at(-1) ?? '');
      }
    },
    get: async (collection, name) => stored(collection).get(name),
    async list(collection, labelSelector) {
      const wanted = (labelSelector ?? '')
        .split(',')
        .filter(Boolean)
        .map((pair) => pair.split('='));
      return [...stored(collection).values()].filter((object) =>
        wanted.every(([key = '', value]) => object.metadata.labels?.[key] === value),
      );
    },
    async patch(collection, name, type, body) {
      const before = stored(collection).get(name);
      if (!before) throw new TypeError(`nothing to patch: ${name}`);
      client.put(collection, type === 'json' ? jsonPatched(before, body as JsonOperation[]) : before);
      const after = stored(collection).get(name)!;
      wrote('patch', collection, name);
      return after;
    },
    async delete(collection, name) {
      client.remove(collection, name);
      wrote('delete', collection, name);
    },
    create: async (_collection, body) => body as KubeObject,
    // the plural by the rules that the kinds of Kubernetes, Istio and Argo follow: a real server is asked
    async locate({ apiVersion, kind, namespace }) {
      const lower = kind.toLowerCase();
      const resource = /(s|x|ch)$/.test(lower) ? `${lower}es` : lower.replace(/([^aeiou])y$/, '$1ie').concat('s');
      return { apiVersion, resource, namespace };
    },
    getText: async () => 'ok',
    async waitFor(collection, name, met, { what, signal, ranOutAt }) {
      for (let turn = 0; turn < TURNS; turn += 1) {
        signal?.throwIfAborted();
        const object = stored(collection).get(name);
        if (met(object)) return object;
        await new Promise((resolve) => setImmediate(resolve));
      }
      throw (
        ranOutAt?.(stored(collection).get(name), `${collectionPath(collection)}/${name}`) ??
        environmentError('WAIT_TIMEOUT', `${what}: not within no time`)
      );
    },
    watch(collection, onEvent, signal, fieldSelector) {
      const name = fieldSelector?.replace('metadata.name=', '');
      const watcher = { path: collectionPath(collection), onEvent, name };
      for (const object of stored(collection).values())
        if ((name ?? object.metadata.name) === object.metadata.name)
          onEvent('ADDED', object, { source: 'list', sinceMs: Number.NEGATIVE_INFINITY });
      watchers.add(watcher);
      return new Promise((resolve) => {
        const end = () => {
          watchers.delete(watcher);
          resolve();
        };
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
      });
    },
  };
  return client;
}

interface JsonOperation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

/** `add` and `replace` of members that are there, which is all that the harness writes. */
function jsonPatched(object: KubeObject, operations: readonly JsonOperation[]): KubeObject {
  const copy = structuredClone(object) as KubeObject;
  for (const { path, value } of operations) {
    const keys = path.split('/').slice(1);
    const last = keys.pop() ?? '';
    let at = copy as unknown as Record<string, unknown>;
    for (const key of keys) at = at[key] as Record<string, unknown>;
    at[last] = value;
  }
  return copy;
}
