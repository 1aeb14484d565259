/**
 * Who answered, by the proxies of a cluster: their logs are followed, and loads that run through `joined` name their
 * receivers by them.
 */
import { randomBytes } from 'node:crypto';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { LogTarget } from '../../k8s/client/follow-log.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import type { LoadRunner } from '../ports/load.ts';
import { parseAccessLine } from './access-line.ts';
import { createAnswerBook } from './answer-book.ts';
import { type FollowPorts, followProxies } from './follow-proxies.ts';
import { createJoinedLoad, type JoinPorts, LINE_WAIT_MS } from './joined-load.ts';
import { createPodBook, type PodKey } from './pod-book.ts';

export interface AnswerersOptions {
  readonly client: Pick<ClusterClient, 'watch'>;
  /** Follows a log; `followLog` with its kubeconfig. */
  readonly follow: (target: LogTarget, onBytes: (bytes: Uint8Array) => void, signal: AbortSignal) => Promise<void>;
  /** Whose pods are looked at; undefined: those of all. */
  readonly namespaces: readonly string[] | undefined;
  /** What a pod's answers are called; undefined where its object does not say. */
  readonly versionOf: (pod: KubeObject) => string | undefined;
  readonly nameOf?: JoinPorts['nameOf'];
  readonly now: () => number;
  readonly pause: FollowPorts['pause'];
  readonly signal: AbortSignal;
}

export interface Answerers extends AsyncDisposable {
  /** The load with named receivers. */
  joined(load: LoadRunner): LoadRunner;
  /** Pods whose proxies' logs are being read. */
  readonly followed: ReadonlySet<PodKey>;
  /** Rejects when the watch of the pods was refused. */
  readonly watching: Promise<unknown>;
}

const CORE = { apiVersion: 'v1' } as const;

export function openAnswerers(options: AnswerersOptions): Answerers {
  const { client, namespaces, versionOf, nameOf, now } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const pods = createPodBook();
  const book = createAnswerBook(pods);
  const listeners = new Map<string, (sequence: number) => void>();
  const logs = followProxies({
    follow: options.follow,
    onLine(text, from) {
      const line = parseAccessLine(text);
      const mark = line && book.take(line, from);
      if (mark) listeners.get(mark.load)?.(mark.sequence);
    },
    now,
    pause: options.pause,
  });
  const places = namespaces?.map((namespace) => ({ ...CORE, namespace })) ?? [CORE];
  const watching = Promise.all(
    places.flatMap((place) => [
      client.watch({ ...place, resource: 'services' }, (_, service) => pods.tellService(service), signal),
      client.watch(
        { ...place, resource: 'pods' },
        (type, pod) => {
          pods.tellPod(pod);
          logs.tellPod(type, pod);
        },
        signal,
      ),
    ]),
  );
  // whoever needs the pods awaits it
  watching.catch(() => undefined);
  const ports: JoinPorts = {
    book,
    versionOf(key) {
      const pod = pods.get(key);
      return pod && versionOf(pod);
    },
    ...(nameOf ? { nameOf } : {}),
    onLine(load, listener) {
      listeners.set(load, listener);
      return () => void listeners.delete(load);
    },
    newLoad: () => randomBytes(6).toString('hex'),
    now,
    after(ms, then) {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    waitMs: LINE_WAIT_MS,
  };
  return {
    joined: (load) => createJoinedLoad(load, ports),
    get followed() {
      return logs.followed;
    },
    watching,
    async [Symbol.asyncDispose]() {
      over.abort();
      await logs.end();
      await watching.catch(() => undefined);
    },
  };
}
