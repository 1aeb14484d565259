/**
 * The harness's hands on a cluster: server-side apply, get, list, patch, delete, and waiting for a condition by watch.
 * One field manager, so that every write of ours can be told from everybody else's.
 */
import { HttpMethod, KubeConfig, RequestContext, Watch } from '@kubernetes/client-node';
import pLimit from 'p-limit';
import { fetch } from 'undici';
import { environmentError, type HarnessError } from '../../harness/errors/harness-error.ts';
import { type Collection, collectionPath, type KubeObject, objectName } from './object.ts';

const FIELD_MANAGER = 'canaryproof';
const APPLY_CONCURRENCY = 8;

export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** What is awaited, as it should read in the error: "Deployment x to be available". */
  readonly what: string;
  readonly signal?: AbortSignal;
}

export interface ClusterClient {
  /** Server-side apply, in parallel; objects without a namespace get `namespace` where their kind has one. */
  apply(objects: readonly KubeObject[], options?: { readonly namespace?: string }): Promise<void>;
  get(collection: Collection, name: string): Promise<KubeObject | undefined>;
  list(collection: Collection, labelSelector?: string): Promise<readonly KubeObject[]>;
  /** @param type `merge` (RFC 7396) or `json` (RFC 6902) */
  patch(collection: Collection, name: string, type: 'merge' | 'json', body: unknown): Promise<KubeObject>;
  delete(collection: Collection, name: string): Promise<void>;
  create(collection: Collection, body: unknown): Promise<KubeObject>;
  /** Raw text of a path, such as `/readyz`; throws ApiError on any status but 2xx. */
  getText(path: string): Promise<string>;
  /** Resolves with the first object (or undefined when it is absent) for which `met` returns true. */
  waitFor(
    collection: Collection,
    name: string,
    met: (object: KubeObject | undefined) => boolean,
    options: WaitOptions,
  ): Promise<KubeObject | undefined>;
  /** Lists, then watches for ever (relisting when the server says so) until the signal aborts. */
  watch(
    collection: Collection,
    onEvent: (type: WatchEventType, object: KubeObject) => void,
    signal: AbortSignal,
    fieldSelector?: string,
  ): Promise<void>;
}

export function createClusterClient(kubeconfigPath: string, context?: string): ClusterClient {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  if (context !== undefined) config.setCurrentContext(context);
  const server = config.getCurrentCluster()?.server ?? '';

  async function request(method: string, path: string, body?: unknown, contentType?: string): Promise<string> {
    const context = new RequestContext(server + path, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    const response = await fetch(server + path, {
      method,
      headers: { ...context.getHeaders(), ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      ...(dispatcher === undefined ? {} : { dispatcher }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiError(response.status, `${method} ${path}: ${response.status} ${apiMessage(text)}`);
    return text;
  }
  const notFoundIsUndefined = (error: unknown): undefined => {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  };
  const parse = (text: string): KubeObject => JSON.parse(text) as KubeObject;
  const itemPath = (collection: Collection, name: string) =>
    `${collectionPath(collection)}/${encodeURIComponent(name)}`;
  const discovered = new Map<string, Promise<readonly ApiResource[]>>();
  async function resourceOf(apiVersion: string, kind: string): Promise<ApiResource | undefined> {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const ask = () => {
      const answer = request('GET', path).then((text) => (JSON.parse(text) as { resources: ApiResource[] }).resources);
      // a group that is not served yet must be asked again next time
      answer.catch(() => discovered.delete(path));
      discovered.set(path, answer);
      return answer;
    };
    const find = (resources: readonly ApiResource[]) =>
      resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    const known = discovered.get(path);
    return (known && find(await known)) ?? find(await ask().catch(() => []));
  }
  // raw JSON on purpose: the typed client serialises through its models and drops fields they do not know
  async function applyOne(object: KubeObject, namespace: string | undefined): Promise<void> {
    const resource = await resourceOf(object.apiVersion ?? '', object.kind ?? '');
    if (!resource)
      throw environmentError('KIND_UNKNOWN', `the cluster knows no ${object.kind} of ${object.apiVersion}`, {
        where: objectName(object),
        hint: 'An addon or a CustomResourceDefinition is missing.',
      });
    const target = resource.namespaced ? (object.metadata.namespace ?? namespace ?? 'default') : undefined;
    const body = target === undefined ? object : { ...object, metadata: { ...object.metadata, namespace: target } };
    const path = itemPath(
      {
        apiVersion: object.apiVersion ?? '',
        resource: resource.name,
        ...(target === undefined ? {} : { namespace: target }),
      },
      object.metadata.name,
    );
    await request('PATCH', `${withManager(path)}&force=true`, body, 'application/apply-patch+yaml').catch(
      (cause: unknown) => {
        throw applyError(body, cause);
      },
    );
  }
  const withManager = (path: string) => `${path}?fieldManager=${FIELD_MANAGER}`;

  const client: ClusterClient = {
    async apply(list, { namespace } = {}) {
      const limit = pLimit(APPLY_CONCURRENCY);
      await Promise.all(list.map((object) => limit(() => applyOne(object, namespace))));
    },
    get: (collection, name) => request('GET', itemPath(collection, name)).then(parse).catch(notFoundIsUndefined),
    async list(collection, labelSelector) {
      const query = labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`;
      const text = await request('GET', collectionPath(collection) + query);
      return (JSON.parse(text) as { items: KubeObject[] }).items;
    },
    patch: async (collection, name, type, body) =>
      parse(
        await request(
          'PATCH',
          withManager(itemPath(collection, name)),
          body,
          type === 'merge' ? 'application/merge-patch+json' : 'application/json-patch+json',
        ),
      ),
    async delete(collection, name) {
      await request('DELETE', itemPath(collection, name)).catch(notFoundIsUndefined);
    },
    create: async (collection, body) =>
      parse(await request('POST', withManager(collectionPath(collection)), body, 'application/json')),
    getText: (path) => request('GET', path),
    async waitFor(collection, name, met, { timeoutMs, what, signal }) {
      const limit = AbortSignal.timeout(timeoutMs);
      const over = new AbortController();
      const signals = AbortSignal.any([limit, over.signal, ...(signal ? [signal] : [])]);
      let current = await client.get(collection, name);
      if (met(current)) return current;
      let found = false;
      await client.watch(
        collection,
        (type, object) => {
          current = type === 'DELETED' ? undefined : object;
          if (found || !met(current)) return;
          found = true;
          over.abort();
        },
        signals,
        `metadata.name=${name}`,
      );
      if (found) return current;
      signal?.throwIfAborted();
      throw environmentError('WAIT_TIMEOUT', `${what}: not within ${Math.round(timeoutMs / 1000)} s`, {
        hint: 'Look at the object and its events with kubectl; the kubeconfig path is in `canaryproof status`.',
        where: `${collectionPath(collection)}/${name}`,
      });
    },
    async watch(collection, onEvent, signal, fieldSelector) {
      const path = collectionPath(collection);
      const query = fieldSelector === undefined ? '' : `?fieldSelector=${encodeURIComponent(fieldSelector)}`;
      let known = new Map<string, KubeObject>();
      while (!signal.aborted) {
        try {
          const listed = JSON.parse(await request('GET', path + query)) as ListBody;
          known = replayList(known, listed, onEvent);
          await followWatch(
            new Watch(config),
            path,
            fieldSelector,
            listed.metadata.resourceVersion,
            signal,
            (type, object) => {
              const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
              if (type === 'DELETED') known.delete(key);
              else known.set(key, object);
              onEvent(type, object);
            },
          );
        } catch (error) {
          if (signal.aborted) return;
          // a kind whose CRD is not there yet, or an API server that restarts: look again shortly
          await new Promise((resolve) => setTimeout(resolve, 200));
          if (error instanceof ApiError && error.status !== 404 && error.status < 500) throw error;
        }
      }
    },
  };
  return client;
}

interface ApiResource {
  /** Plural. */
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface ListBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubeObject[];
}

/** Turns a fresh list into the events that a gap in the watch swallowed. */
function replayList(
  known: ReadonlyMap<string, KubeObject>,
  listed: ListBody,
  onEvent: (type: WatchEventType, object: KubeObject) => void,
): Map<string, KubeObject> {
  const next = new Map<string, KubeObject>();
  for (const item of listed.items) {
    const object = { apiVersion: listed.apiVersion, kind: listed.kind.replace(/List$/, ''), ...item };
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    next.set(key, object);
    const before = known.get(key);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
    onEvent(before ? 'MODIFIED' : 'ADDED', object);
  }
  for (const [key, object] of known) if (!next.has(key)) onEvent('DELETED', object);
  return next;
}

/** One watch connection, from a resource version until it ends or the signal aborts. */
async function followWatch(
  watch: Watch,
  path: string,
  fieldSelector: string | undefined,
  resourceVersion: string,
  signal: AbortSignal,
  onEvent: (type: WatchEventType, object: KubeObject) => void,
): Promise<void> {
  const query = { resourceVersion, ...(fieldSelector === undefined ? {} : { fieldSelector }) };
  await new Promise<void>((resolve) => {
    const opened = watch.watch(
      path,
      query,
      (phase: string, object: KubeObject) => {
        // 410 Gone: the list is taken anew by the caller
        if (phase === 'ERROR') resolve();
        else onEvent(phase as WatchEventType, object);
      },
      () => resolve(),
    );
    opened.then(
      (controller) => {
        if (signal.aborted) controller.abort();
        signal.addEventListener('abort', () => controller.abort(), { once: true });
      },
      () => resolve(),
    );
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function apiMessage(text: string): string {
  try {
    const status = JSON.parse(text) as { message?: string };
    return status.message ?? text.slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}

function applyError(object: KubeObject, cause: unknown): HarnessError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return environmentError('APPLY_REFUSED', `the API server refused ${objectName(object)}: ${text}`, { cause });
}
