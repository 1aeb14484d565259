/** List, then watch, for ever: what a broken connection or an expired version swallowed is told from the next list. */
import { type KubeConfig, Watch } from '@kubernetes/client-node';
import { ApiError, type ApiRequest } from './api-request.ts';
import { type Collection, collectionPath, type KubeObject } from './object.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
export type OnWatchEvent = (type: WatchEventType, object: KubeObject) => void;

const AGAIN_MS = 200;

interface ListBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubeObject[];
}

/**
 * Resolves when the signal aborts.
 * @throws ApiError when the server refuses (any 4xx but 404: a kind that is not there yet is waited for), and whatever
 *   `onEvent` throws
 */
export async function watchCollection(
  { config, request }: { readonly config: KubeConfig; readonly request: ApiRequest },
  collection: Collection,
  onEvent: OnWatchEvent,
  signal: AbortSignal,
  fieldSelector?: string,
): Promise<void> {
  const path = collectionPath(collection);
  const query = fieldSelector === undefined ? '' : `?fieldSelector=${encodeURIComponent(fieldSelector)}`;
  let known = new Map<string, KubeObject>();
  let broken: { readonly error: unknown } | undefined;
  // the library swallows what a callback throws
  const tell: OnWatchEvent = (type, object) => {
    if (signal.aborted || broken) return;
    try {
      onEvent(type, object);
    } catch (error) {
      broken = { error };
      throw error;
    }
  };
  while (!signal.aborted) {
    try {
      const listed = JSON.parse(await request('GET', path + query, { signal })) as ListBody;
      if (signal.aborted) return;
      known = replayList(known, listed, tell);
      const parameters = {
        resourceVersion: listed.metadata.resourceVersion,
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
      };
      await followWatch(new Watch(config), path, parameters, signal, (type, object) => {
        if (type === 'DELETED') known.delete(keyOf(object));
        else known.set(keyOf(object), object);
        tell(type, object);
      });
    } catch (error) {
      if (broken) throw broken.error;
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status !== 404 && error.status < 500) throw error;
      // a kind whose CRD is not there yet, or an API server that restarts: look again shortly
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Turns a fresh list into the events that a gap in the watch swallowed. */
function replayList(
  known: ReadonlyMap<string, KubeObject>,
  listed: ListBody,
  onEvent: OnWatchEvent,
): Map<string, KubeObject> {
  const next = new Map<string, KubeObject>();
  for (const item of listed.items) {
    const object = { apiVersion: listed.apiVersion, kind: listed.kind.replace(/List$/, ''), ...item };
    next.set(keyOf(object), object);
    const before = known.get(keyOf(object));
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
    onEvent(before ? 'MODIFIED' : 'ADDED', object);
  }
  for (const [key, object] of known) if (!next.has(key)) onEvent('DELETED', object);
  return next;
}

/** Nothing happened for half a minute: the library closes such a connection, and the next one follows at once. */
function isIdle(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

/**
 * One watch connection, from a resource version until it ends or the signal aborts.
 * @throws when the server refused the connection or broke it, so that the caller pauses before the next one
 */
async function followWatch(
  watch: Watch,
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onEvent: OnWatchEvent,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const over = (error: unknown) => (error && !isIdle(error) ? reject(error) : resolve());
    const opened = watch.watch(
      path,
      query,
      (phase: string, object: KubeObject) => {
        try {
          // 410 Gone: the list is taken anew by the caller
          if (phase === 'ERROR') resolve();
          else onEvent(phase as WatchEventType, object);
        } catch (error) {
          reject(error);
        }
      },
      over,
    );
    opened.then((controller) => {
      if (signal.aborted) controller.abort();
      signal.addEventListener('abort', () => controller.abort(), { once: true });
    }, over);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
