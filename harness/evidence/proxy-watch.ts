/**
 * Every Envoy of interest, asked for as long as it lives: one reader per pod with a proxy, one in each istiod. Pods come
 * and go; the caller says so for each pod that its watch tells of.
 */
import pLimit from 'p-limit';
import { pause } from '../process/pause.ts';
import type { ProxyCounters } from './proxy-counters.ts';
import { COUNTER_FILTER } from './proxy-counters.ts';
import { runReader } from './proxy-reader.ts';
import type { ProxyWeights } from './proxy-routes.ts';
import type { ReaderLine, ReaderOrders } from './reader-lines.ts';
import type { Rejection } from './sync-status.ts';

/** What one proxy held for one host from a moment on. */
export interface RouteSeen {
  /** `namespace/pod`. */
  readonly proxy: string;
  readonly host: string;
  /** By the proxy's own clock where it fits between two answers, else when the answer came. */
  readonly atMs: number;
  /** The last answer that still said otherwise; undefined: the first one. */
  readonly sinceMs: number | undefined;
  readonly weights: ProxyWeights | undefined;
  /** Where services are routed to as a whole. */
  readonly services?: ProxyWeights;
  readonly version: string;
}

export interface CountersSeen extends ProxyCounters {
  readonly proxy: string;
  readonly host: string;
  readonly atMs: number;
}

/** All rejections that are open from this moment on, as one istiod knows them. */
export interface RejectionsSeen {
  readonly istiod: string;
  readonly atMs: number;
  readonly sinceMs: number | undefined;
  readonly rejections: readonly Rejection[];
}

export interface ProxyWatchPorts {
  /** Fully qualified service names to follow. */
  readonly hosts: readonly string[];
  /** Argv that enters the pod's network namespace. @throws HarnessError when the pod has just gone */
  enter(pod: PodName): Promise<readonly string[]>;
  onRoute(seen: RouteSeen): void;
  onCounters(seen: CountersSeen): void;
  onRejections(seen: RejectionsSeen): void;
  /** A reader that ended by itself, with what it said: evidence is missing from now on. */
  onLost(proxy: string, why: string): void;
  onCost(proxy: string, cpuMs: number, polls: number): void;
}

export interface PodName {
  readonly namespace: string;
  readonly pod: string;
}

export interface ProxyWatch {
  /** Follows the pod until it is gone; again is a no-op. */
  add(pod: PodName & { readonly uid: string; readonly role: 'proxy' | 'istiod' }): void;
  remove(uid: string): void;
  /** Ends every reader. */
  [Symbol.asyncDispose](): Promise<void>;
}

const ROUTES_EVERY_MS = 250;
const COUNTERS_EVERY_MS = 1_000;
/** Entering looks through the node's namespaces: a whole deployment at once would slow its own start down. */
const ENTER_AT_ONCE = 2;
const ENTER_AGAIN_MS = 1_000;
const ENVOY = 'http://127.0.0.1:15000';
const ISTIOD = 'http://127.0.0.1:15014';
/** Envoy stamps milliseconds, and so do we. */
const CLOCK_SLACK_MS = 5;

export function createProxyWatch(ports: ProxyWatchPorts): ProxyWatch {
  const over = new AbortController();
  const running = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>();
  const limit = pLimit(ENTER_AT_ONCE);
  const intervals = { routesEveryMs: ROUTES_EVERY_MS, countersEveryMs: COUNTERS_EVERY_MS };
  const orders: Readonly<Record<'proxy' | 'istiod', ReaderOrders>> = {
    proxy: {
      routesUrl: `${ENVOY}/config_dump?resource=dynamic_route_configs`,
      countersUrl: `${ENVOY}/stats?filter=${encodeURIComponent(COUNTER_FILTER)}`,
      hosts: ports.hosts,
      ...intervals,
    },
    istiod: { syncUrl: `${ISTIOD}/debug/syncz`, hosts: [], ...intervals },
  };

  async function follow(name: PodName, role: 'proxy' | 'istiod', signal: AbortSignal): Promise<void> {
    const proxy = `${name.namespace}/${name.pod}`;
    while (!signal.aborted) {
      const argvPrefix = await limit(() => ports.enter(name)).catch(() => undefined);
      if (signal.aborted) return;
      if (argvPrefix) {
        const why = await runReader(argvPrefix, orders[role], (line) => tell(proxy, line), signal);
        if (why === undefined) return;
        ports.onLost(proxy, why);
      }
      // an abort is no error here: the loop's condition sees it
      await pause(ENTER_AGAIN_MS, signal).catch(() => undefined);
    }
  }

  function tell(proxy: string, line: ReaderLine): void {
    if (line.kind === 'route') {
      const { at, since, host, route } = line;
      const { updatedMs } = route;
      const fits =
        updatedMs !== undefined && updatedMs <= at + CLOCK_SLACK_MS && updatedMs >= (since ?? 0) - CLOCK_SLACK_MS;
      ports.onRoute({
        ...{ proxy, host, atMs: fits ? updatedMs : at, sinceMs: fits ? undefined : since },
        ...{ weights: route.weights, version: route.version },
        ...(route.services ? { services: route.services } : {}),
      });
    } else if (line.kind === 'counters')
      ports.onCounters({ proxy, host: line.host, atMs: line.at, counts: line.counts, retried: line.retried });
    else if (line.kind === 'rejections')
      ports.onRejections({ istiod: proxy, atMs: line.at, sinceMs: line.since, rejections: line.rejections });
    else if (line.kind === 'alive') ports.onCost(proxy, line.cpuMs, line.polls);
  }

  return {
    add({ namespace, pod, uid, role }) {
      if (running.has(uid) || over.signal.aborted) return;
      const abort = new AbortController();
      const ended = follow({ namespace, pod }, role, AbortSignal.any([abort.signal, over.signal]));
      running.set(uid, { abort, ended });
    },
    remove(uid) {
      running.get(uid)?.abort.abort();
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}
