/**
 * The record of what was declared where and when, on the harness's one clock: commits, Application status, and every
 * write of the watched VirtualService with its writer. Arrival times, because the objects' own have whole seconds.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { TimelineReport } from '../../reports/model/run-report.ts';

export type TimelineEvent = TimelineReport['events'][number];

export interface RouteWeights {
  readonly atMs: number;
  readonly resourceVersion: string;
  readonly writer: string;
  /** Subset (or host) -> weight, of the first HTTP route. */
  readonly weights: Readonly<Record<string, number>>;
  readonly gateways: readonly string[];
}

export interface ProxyWeightsSeen {
  readonly atMs: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly proxies: number;
}

export interface TimelineRecorder {
  event(lane: string, label: string, detail?: string): void;
  /** Call for every watch event of a VirtualService. */
  virtualService(object: KubeObject): void;
  /** Call when every proxy was seen to hold the same weights. */
  proxies(namespace: string, name: string, weights: Readonly<Record<string, number>>, proxies: number): void;
  proxyStates(namespace: string, name: string): readonly ProxyWeightsSeen[];
  readonly events: readonly TimelineEvent[];
  /** Every change of weights or gateways of one VirtualService, oldest first. */
  history(namespace: string, name: string): readonly RouteWeights[];
}

interface HttpRoute {
  readonly route?: readonly {
    readonly weight?: number;
    readonly destination?: { readonly subset?: string; readonly host?: string };
  }[];
}

/** Weights of the first HTTP route, as Istio reads them: a single destination without a weight gets everything. */
export function routeWeights(virtualService: KubeObject): Readonly<Record<string, number>> {
  const [first] = (virtualService.spec as { http?: readonly HttpRoute[] } | undefined)?.http ?? [];
  const route = first?.route ?? [];
  return Object.fromEntries(
    route.map((entry) => [
      entry.destination?.subset ?? entry.destination?.host ?? 'unknown',
      entry.weight ?? (route.length === 1 ? 100 : 0),
    ]),
  );
}

/** The field manager of the newest write. */
export function lastWriter(object: KubeObject): string {
  const fields = [...(object.metadata.managedFields ?? [])].sort((a, b) => (a.time ?? '').localeCompare(b.time ?? ''));
  return fields.at(-1)?.manager ?? 'unknown writer';
}

export function createTimelineRecorder(now: () => number, onEvent: (event: TimelineEvent) => void): TimelineRecorder {
  const events: TimelineEvent[] = [];
  const histories = new Map<string, RouteWeights[]>();
  const seen = new Map<string, ProxyWeightsSeen[]>();
  const recorder: TimelineRecorder = {
    events,
    proxies(namespace, name, weights, proxies) {
      const key = `${namespace}/${name}`;
      seen.set(key, [...(seen.get(key) ?? []), { atMs: now(), weights, proxies }]);
      const shown = Object.entries(weights).map(([subset, weight]) => `${subset} ${weight}`);
      recorder.event('xDS', `${proxies} proxies route ${shown.join(', ')}`);
    },
    proxyStates: (namespace, name) => seen.get(`${namespace}/${name}`) ?? [],
    event(lane, label, detail) {
      const event = { atMs: now(), lane, label, ...(detail === undefined ? {} : { detail }) };
      events.push(event);
      onEvent(event);
    },
    virtualService(object) {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      const history = histories.get(key) ?? [];
      histories.set(key, history);
      const entry: RouteWeights = {
        atMs: now(),
        resourceVersion: object.metadata.resourceVersion ?? '?',
        writer: lastWriter(object),
        weights: routeWeights(object),
        gateways: (object.spec as { gateways?: string[] } | undefined)?.gateways ?? ['mesh'],
      };
      const before = history.at(-1);
      const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
      if (before && same(before.weights, entry.weights) && same(before.gateways, entry.gateways)) return;
      history.push(entry);
      const shown = Object.entries(entry.weights).map(([subset, weight]) => `${subset} ${weight}`);
      const detail = `resourceVersion ${entry.resourceVersion} by ${entry.writer}`;
      recorder.event('VirtualService', `${object.metadata.name}: ${shown.join(', ')}`, detail);
    },
    history: (namespace, name) => histories.get(`${namespace}/${name}`) ?? [],
  };
  return recorder;
}
