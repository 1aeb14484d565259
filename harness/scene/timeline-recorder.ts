/**
 * The record of what was declared where and when, on the harness's one clock: commits, Application status, and every
 * write of the watched VirtualService with its writer. Arrival times, because the objects' own have whole seconds.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { WatchArrival } from '../../k8s/client/watch.ts';
import type { TimelineReport } from '../../reports/model/run-report.ts';
import { fieldOwner, newestWriter } from '../ledger/field-owner.ts';
import { createLayerRecord, type LayerRecord } from './layer-record.ts';
import { splitRouteOf } from './split-route.ts';

export type TimelineEvent = TimelineReport['events'][number];

export interface RouteWeights {
  readonly atMs: number;
  /** Set when the write did not arrive live: it was made between this moment and `atMs`. */
  readonly sinceMs: number | undefined;
  readonly resourceVersion: string;
  /** Owner of the field that changed: the routes, else the gateways. */
  readonly writer: string;
  readonly routesWriter: string;
  readonly gatewaysWriter: string;
  /** The object was deleted: there are no weights. */
  readonly deleted: boolean;
  /** Place in `spec.http` of the route that splits. */
  readonly routeIndex: number;
  /** Subset (or host) -> weight, of that route. */
  readonly weights: Readonly<Record<string, number>>;
  readonly gateways: readonly string[];
}

export interface TimelineRecorder {
  event(lane: string, label: string, detail?: string): void;
  /** Call for every watch event of a VirtualService. */
  virtualService(object: KubeObject, arrival?: WatchArrival, type?: 'DELETED'): void;
  /** What the watchers of proxies and of Argo CD saw. */
  readonly layers: LayerRecord;
  readonly events: readonly TimelineEvent[];
  /** Every change of weights or gateways of one VirtualService, oldest first. */
  history(namespace: string, name: string): readonly RouteWeights[];
}

/** Who wrote this field; where no set of fields says so, who wrote last. */
export function writerOf(object: KubeObject, path: readonly (string | number)[]): string {
  const { managedFields } = object.metadata;
  return fieldOwner(managedFields, path) ?? newestWriter(managedFields) ?? 'unknown writer';
}

export function createTimelineRecorder(now: () => number, onEvent: (event: TimelineEvent) => void): TimelineRecorder {
  const events: TimelineEvent[] = [];
  const histories = new Map<string, RouteWeights[]>();
  const recorder: TimelineRecorder = {
    events,
    layers: createLayerRecord(now, (lane, label, detail) => recorder.event(lane, label, detail)),
    event(lane, label, detail) {
      const event = { atMs: now(), lane, label, ...(detail === undefined ? {} : { detail }) };
      events.push(event);
      onEvent(event);
    },
    virtualService(object, arrival, type) {
      const { namespace, name, resourceVersion = '?' } = object.metadata;
      const key = `${namespace}/${name}`;
      const history = histories.get(key) ?? [];
      histories.set(key, history);
      const deleted = type === 'DELETED';
      const before = history.at(-1);
      const { index: routeIndex = 0, weights = {} } = (deleted ? undefined : splitRouteOf(object)) ?? {};
      const gateways = (object.spec as { gateways?: string[] } | undefined)?.gateways ?? ['mesh'];
      const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
      const sameWeights = before !== undefined && same(before.weights, weights);
      if (sameWeights && before.deleted === deleted && same(before.gateways, gateways)) return;
      const routesWriter = writerOf(object, ['spec', 'http']);
      const gatewaysWriter = writerOf(object, ['spec', 'gateways']);
      const writer = sameWeights ? gatewaysWriter : routesWriter;
      history.push({
        ...{ atMs: now(), sinceMs: arrival?.sinceMs, resourceVersion, weights, gateways, deleted },
        ...{ writer, routesWriter, gatewaysWriter, routeIndex },
      });
      const shown = Object.entries(weights).map(([subset, weight]) => `${subset} ${weight}`);
      const detail = `resourceVersion ${resourceVersion} by ${writer}`;
      recorder.event('VirtualService', deleted ? `${name} deleted` : `${name}: ${shown.join(', ')}`, detail);
    },
    history: (namespace, name) => histories.get(`${namespace}/${name}`) ?? [],
  };
  return recorder;
}
