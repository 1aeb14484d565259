/**
 * List, then watch, for ever. A connection that ends is resumed at the version where it ended, so that the writes in
 * between are told one by one; where the server no longer has them (410 Gone, a restart), the next list tells what
 * came of them. Either way the events say since when they may have been under way.
 */
import { type KubeConfig, Watch } from '@kubernetes/client-node';
import { ApiError, type ApiRequest } from './api-request.ts';
import { createBackoff, pause } from './backoff.ts';
import { type Collection, collectionPath, type KubeObject } from './object.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** How an event came, on the clock of the caller. */
export interface WatchArrival {
  /** `list`: states between the last one told and this one may be missing. */
  readonly source: 'watch' | 'list';
  /**
   * Set when the change did not come live: it was made between this moment (Unix ms, when the server was last heard of)
   * and now. `-Infinity` for what was there before the watch began.
   */
  readonly sinceMs: number | undefined;
}
export type OnWatchEvent = (type: WatchEventType, object: KubeObject, arrival: WatchArrival) => void;

const AGAIN_MS = 200;
/** Waits of the harness end by what a watch tells: a server that is back must not be noticed much later. */
const AGAIN_CAP_MS = 5_000;
/** A kind whose definition is not there yet: it may come after minutes, or never. */
const ABSENT_AGAIN_MS = 1000;
/** A connection that ends sooner was no connection: the next one pauses as after an error. */
const LIVED_MS = 1_000;
/** What a resumed connection tells within this time of its start may have waited for it. */
const BACKLOG_MS = 500;
const LIVE: WatchArrival = { source: 'watch', sinceMs: undefined };

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
  const selector = fieldSelector === undefined ? {} : { fieldSelector };
  const query = fieldSelector === undefined ? '' : `?fieldSelector=${encodeURIComponent(fieldSelector)}`;
  let known = new Map<string, KubeObject>();
  let broken: { readonly error: unknown } | undefined;
  /** Where to resume; undefined: only a list can tell. */
  let version: string | undefined;
  let heardMs = Number.NEGATIVE_INFINITY;
  const again = createBackoff({ firstMs: AGAIN_MS, capMs: AGAIN_CAP_MS });
  /** A version that is gone is listed anew at once; one that is gone again right after its list is not. */
  let listedAnew = false;
  // the library swallows what a callback throws
  const tell: OnWatchEvent = (type, object, arrival) => {
    if (signal.aborted || broken) return;
    try {
      onEvent(type, object, arrival);
    } catch (error) {
      broken = { error };
      throw error;
    }
  };
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const listed = JSON.parse(await request('GET', path + query, { signal })) as ListBody;
        if (signal.aborted) return;
        known = replayList(known, listed, (type, object) => tell(type, object, { source: 'list', sinceMs: heardMs }));
        version = listed.metadata.resourceVersion;
        heardMs = Date.now();
      }
      let told = false;
      const openedMs = Date.now();
      const lostMs = heardMs;
      const parameters = { resourceVersion: version, allowWatchBookmarks: 'true', ...selector };
      await followWatch(new Watch(config), path, parameters, signal, (type, object) => {
        version = object.metadata.resourceVersion ?? version;
        heardMs = Date.now();
        told = true;
        listedAnew = false;
        again.reset();
        if (type === 'BOOKMARK') return;
        if (type === 'DELETED') known.delete(keyOf(object));
        else known.set(keyOf(object), object);
        const late = heardMs - openedMs < BACKLOG_MS && openedMs - lostMs > AGAIN_MS / 2;
        tell(type, object, late ? { source: 'watch', sinceMs: lostMs } : LIVE);
      });
      // it was open until now, and quiet
      heardMs = Date.now();
      if (told || heardMs - openedMs >= LIVED_MS) again.reset();
      else await pause(again.next(), signal);
    } catch (error) {
      if (broken) throw broken.error;
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status !== 404 && error.status < 500) throw error;
      // the server answered, but not with this version: too old, or of another history
      if (error instanceof VersionGone || statusOf(error) !== undefined) version = undefined;
      if (error instanceof VersionGone && !listedAnew) {
        listedAnew = true;
        continue;
      }
      // a kind whose CRD is not there yet, or an API server that restarts: look again shortly
      const absent = error instanceof ApiError && error.status === 404;
      await pause(absent ? ABSENT_AGAIN_MS : again.next(), signal);
    }
  }
}

/** The watch's version is not to be had any more: list anew. */
class VersionGone extends Error {}

/** HTTP status of an answer that the library made an error of. */
function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
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
 * @throws VersionGone; and when the server refused the connection or broke it, so that the caller pauses
 */
async function followWatch(
  watch: Watch,
  path: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onEvent: (type: WatchEventType | 'BOOKMARK', object: KubeObject) => void,
): Promise<void> {
  // the signal outlives many connections: what listens to it goes with its connection
  let controller: AbortController | undefined;
  let ended = false;
  let settle = (): void => undefined;
  const close = (): void => {
    ended = true;
    controller?.abort();
    settle();
  };
  // what a list told may have been all that was waited for, and an abort that is over tells no listener any more
  if (signal.aborted) return;
  signal.addEventListener('abort', close);
  try {
    await new Promise<void>((resolve, reject) => {
      settle = resolve;
      const over = (error: unknown) => (error && !isIdle(error) ? reject(error) : resolve());
      const opened = watch.watch(
        path,
        query,
        (phase: string, object: KubeObject) => {
          try {
            // 410 Gone: the list is taken anew by the caller
            if (phase === 'ERROR') reject(new VersionGone());
            else onEvent(phase as WatchEventType | 'BOOKMARK', object);
          } catch (error) {
            reject(error);
          }
        },
        over,
      );
      opened.then((one) => {
        controller = one;
        if (ended) one.abort();
      }, over);
    });
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
