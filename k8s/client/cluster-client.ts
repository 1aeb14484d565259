/**
 * The harness's hands on a cluster: server-side apply, get, list, patch, delete, and waiting for a condition by watch.
 * One field manager, so that every write of ours can be told from everybody else's.
 */
import { KubeConfig } from '@kubernetes/client-node';
import pLimit from 'p-limit';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { ApiError, type ApiRequest, createApiRequest, parseAnswer } from './api-request.ts';
import { applyObject, collectionOfObject, createDiscovery } from './apply.ts';
import { type Collection, collectionPath, itemPath, type KubeObject } from './object.ts';
import { type OnWatchEvent, watchCollection } from './watch.ts';

/** Who we are in `metadata.managedFields`. */
export const FIELD_MANAGER = 'canaryproof';
const APPLY_CONCURRENCY = 8;

export interface WaitOptions {
  readonly timeoutMs: number;
  /** What is awaited, as it should read in the error: "Deployment x to be available". */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** The error when the time is up, by the object as it was seen last; default: WAIT_TIMEOUT. */
  readonly ranOutAt?: (last: KubeObject | undefined, where: string) => Error;
}

export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

export interface ClusterClient {
  /** Server-side apply, in parallel; objects without a namespace get `namespace` where their kind has one. */
  apply(objects: readonly KubeObject[], options?: { readonly namespace?: string }): Promise<void>;
  get(collection: Collection, name: string): Promise<KubeObject | undefined>;
  list(collection: Collection, labelSelector?: string): Promise<readonly KubeObject[]>;
  /** @param type `merge` (RFC 7396) or `json` (RFC 6902) */
  patch(
    collection: Collection,
    name: string,
    type: 'merge' | 'json',
    body: unknown,
    subresource?: 'status',
  ): Promise<KubeObject>;
  /** @param only deletes the object in that state and no other: else ApiError 409 */
  delete(collection: Collection, name: string, only?: Preconditions): Promise<void>;
  /** @param options.dryRun goes through admission whole, and makes nothing; the object as it would be made */
  create(collection: Collection, body: unknown, options?: { readonly dryRun: boolean }): Promise<KubeObject>;
  /**
   * Where objects of a kind lie, as the server's discovery says: `namespace` only where the kind has one.
   * @throws HarnessError KIND_UNKNOWN
   */
  locate(ref: { readonly apiVersion: string; readonly kind: string; readonly namespace: string }): Promise<Collection>;
  /** Raw text of a path, such as `/readyz`; throws ApiError on any status but 2xx. */
  getText(path: string): Promise<string>;
  /**
   * Resolves with the first object (or undefined when it is absent) for which `met` returns true.
   * @throws HarnessError WAIT_TIMEOUT
   */
  waitFor(
    collection: Collection,
    name: string,
    met: (object: KubeObject | undefined) => boolean,
    options: WaitOptions,
  ): Promise<KubeObject | undefined>;
  /** Lists, then watches for ever (relisting when the server says so) until the signal aborts. */
  watch(collection: Collection, onEvent: OnWatchEvent, signal: AbortSignal, fieldSelector?: string): Promise<void>;
}

export function createClusterClient(kubeconfigPath: string, context?: string): ClusterClient {
  const config = readKubeconfig(kubeconfigPath, context);
  return clusterClientOf(config, createApiRequest(config));
}

export function readKubeconfig(kubeconfigPath: string, context?: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

/** @param request every request but those of watches goes through it */
export function clusterClientOf(config: KubeConfig, request: ApiRequest): ClusterClient {
  const findResource = createDiscovery(request);
  const notFoundIsUndefined = (error: unknown): undefined => {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  };
  const parse = (text: string, path: string): KubeObject =>
    parseAnswer<KubeObject>(text, path, ({ metadata }) => typeof metadata?.name === 'string');
  const withManager = (path: string) => `${path}?fieldManager=${FIELD_MANAGER}`;

  const client: ClusterClient = {
    async apply(list, { namespace } = {}) {
      const limit = pLimit(APPLY_CONCURRENCY);
      const options = { namespace, fieldManager: FIELD_MANAGER };
      await Promise.all(list.map((object) => limit(() => applyObject(request, findResource, object, options))));
    },
    async get(collection, name) {
      const path = itemPath(collection, name);
      const text = await request('GET', path).catch(notFoundIsUndefined);
      return text === undefined ? undefined : parse(text, path);
    },
    async list(collection, labelSelector) {
      const query = labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`;
      const path = collectionPath(collection) + query;
      const text = await request('GET', path);
      // nobody asked for pages: a list that goes on elsewhere is a part of one
      const { items } = parseAnswer<{ items: KubeObject[]; metadata: { continue?: string } }>(
        text,
        path,
        (value) => Array.isArray(value.items) && !value.metadata?.continue,
      );
      return items;
    },
    async patch(collection, name, type, body, subresource) {
      const contentType = type === 'merge' ? 'application/merge-patch+json' : 'application/json-patch+json';
      const path = `${itemPath(collection, name)}${subresource === undefined ? '' : `/${subresource}`}`;
      return parse(await request('PATCH', withManager(path), { body, contentType }), path);
    },
    async delete(collection, name, only) {
      const options = only && {
        // what belongs to it goes too: a Job's pods would run on
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Background',
          preconditions: {
            uid: only.uid,
            resourceVersion: only.resourceVersion,
          },
        },
        contentType: 'application/json',
      };
      await request('DELETE', itemPath(collection, name), options).catch(notFoundIsUndefined);
    },
    async create(collection, body, { dryRun } = { dryRun: false }) {
      const contentType = 'application/json';
      const path = collectionPath(collection);
      const query = `${withManager(path)}${dryRun ? '&dryRun=All' : ''}`;
      return parse(await request('POST', query, { body, contentType }), path);
    },
    locate: ({ apiVersion, kind, namespace }) =>
      collectionOfObject(findResource, { apiVersion, kind, metadata: { name: '', namespace } }, undefined),
    getText: (path) => request('GET', path),
    async waitFor(collection, name, met, { timeoutMs, what, signal, ranOutAt }) {
      const limit = AbortSignal.timeout(timeoutMs);
      const over = new AbortController();
      const signals = AbortSignal.any([limit, over.signal, ...(signal ? [signal] : [])]);
      let current = await client.get(collection, name);
      if (met(current)) return current;
      let found = false;
      await client.watch(
        collection,
        (type, object) => {
          if (found) return;
          current = type === 'DELETED' ? undefined : object;
          if (!met(current)) return;
          found = true;
          over.abort();
        },
        signals,
        `metadata.name=${name}`,
      );
      if (found) return current;
      signal?.throwIfAborted();
      const where = `${collectionPath(collection)}/${name}`;
      if (ranOutAt) throw ranOutAt(current, where);
      throw environmentError('WAIT_TIMEOUT', `${what}: not within ${Math.round(timeoutMs / 1000)} s`, {
        hint: 'Look at the object and its events with kubectl; the kubeconfig path is in `canaryproof status`.',
        where,
      });
    },
    watch: (collection, onEvent, signal, fieldSelector) =>
      watchCollection({ config, request }, collection, onEvent, signal, fieldSelector),
  };
  return client;
}
