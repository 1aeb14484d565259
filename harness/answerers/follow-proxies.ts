/**
 * Reads the access logs of every proxy, as pods come and go: a log is read from the moment its container runs until it ends,
 * and again from a second before where a connection broke, since lines that come twice say nothing new.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import { LineSplitter } from '../load/evidence/line-splitter.ts';
import { keyOf, type PodKey } from './pod-book.ts';

export interface FollowPorts {
  /** Resolves when the container has ended or the signal aborts. @throws whatever breaks the connection */
  follow(
    target: {
      readonly namespace: string;
      readonly pod: string;
      readonly container: string;
      readonly sinceTime: string;
    },
    onBytes: (bytes: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void>;
  onLine(line: string, from: PodKey): void;
  now(): number;
  /** @throws the signal's reason */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

export interface ProxyLogs {
  /** As a watch tells of it. */
  tellPod(type: 'ADDED' | 'MODIFIED' | 'DELETED', pod: KubeObject): void;
  /** Pods whose logs are being read. */
  readonly followed: ReadonlySet<PodKey>;
  /** Resolves when no log is read any more. */
  end(): Promise<void>;
}

const PROXY_CONTAINER = 'istio-proxy';
const AGAIN_MS = 500;
/** A connection that is opened anew repeats so much. */
const OVERLAP_MS = 1_000;

export function followProxies(ports: FollowPorts): ProxyLogs {
  const over = new AbortController();
  const startedAt = ports.now();
  const readers = new Map<PodKey, { readonly gone: AbortController; readonly done: Promise<void> }>();

  const read = async (key: PodKey, { metadata }: KubeObject, gone: AbortSignal): Promise<void> => {
    const { name: pod, namespace = '' } = metadata;
    let since = startedAt;
    while (!over.signal.aborted) {
      const lines = new LineSplitter((line) => ports.onLine(line, key));
      const target = { namespace, pod, container: PROXY_CONTAINER };
      try {
        const sinceTime = new Date(since - OVERLAP_MS).toISOString();
        await ports.follow(
          { ...target, sinceTime },
          (bytes) => {
            since = ports.now();
            lines.push(Buffer.from(bytes));
          },
          over.signal,
        );
      } catch {
        // the kubelet was away, or the container is not there yet: what is lost for good shows in the joins
      }
      // the last words of a pod that is gone have been read by now
      if (gone.aborted) break;
      await ports.pause(AGAIN_MS, over.signal).catch(() => undefined);
    }
    readers.delete(key);
  };

  return {
    tellPod(type, pod) {
      const key = keyOf(pod);
      if (type === 'DELETED' || isOver(pod)) readers.get(key)?.gone.abort();
      else if (!readers.has(key) && !over.signal.aborted && proxyRuns(pod)) {
        const gone = new AbortController();
        readers.set(key, { gone, done: read(key, pod, gone.signal) });
      }
    },
    get followed() {
      return new Set(readers.keys());
    },
    async end() {
      over.abort();
      await Promise.all([...readers.values()].map(({ done }) => done));
    },
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly running?: object };
}

/** Nothing runs in it any more, and nothing will. */
function isOver({ status }: KubeObject): boolean {
  const { phase } = (status ?? {}) as { phase?: string };
  return phase === 'Succeeded' || phase === 'Failed';
}

/** As a container of the pod, or as one of its native sidecars. */
function proxyRuns({ status = {} }: KubeObject): boolean {
  const { containerStatuses = [], initContainerStatuses = [] } = status as {
    containerStatuses?: readonly ContainerStatus[];
    initContainerStatuses?: readonly ContainerStatus[];
  };
  return [...containerStatuses, ...initContainerStatuses].some(
    ({ name, state }) => name === PROXY_CONTAINER && state?.running !== undefined,
  );
}
