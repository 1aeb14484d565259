/**
 * What the watchers saw of the layers between Git and the client, in memory and on the harness's one clock: what each
 * proxy held and refused, what it counted, and what Argo CD had applied. Only changes are kept.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { ProxyCounters } from '../evidence/proxy-counters.ts';
import type { CountersSeen, RejectionsSeen, RouteSeen } from '../evidence/proxy-watch.ts';
import { fieldOwner, newestWriter } from '../ledger/field-owner.ts';
import { applicationStatus, isAutomated } from './application.ts';

export interface SeenRejection {
  readonly proxy: string;
  readonly type: string;
  readonly text: string;
  readonly atMs: number;
  /** When the proxy accepted a later configuration of that type. */
  clearedMs: number | undefined;
}

export interface SeenApplication {
  readonly atMs: number;
  /** The commit whose manifests were applied last; undefined: none yet. */
  readonly commit: string | undefined;
  readonly automated: boolean;
  readonly selfHeal: boolean;
  /** Who wrote the sync policy. */
  readonly policyWriter: string;
}

export interface SeenCounters extends ProxyCounters {
  readonly atMs: number;
}

export interface LayerRecord {
  route(seen: RouteSeen): void;
  counters(seen: CountersSeen): void;
  rejections(seen: RejectionsSeen): void;
  /** This proxy is a gateway's and no sidecar. */
  gateway(proxy: string): void;
  isGateway(proxy: string): boolean;
  /** The pod of this proxy is gone. */
  proxyGone(proxy: string): void;
  application(object: KubeObject): void;
  /** Proxies of pods that still run, with everything they held for the host, oldest first. */
  routesOf(host: string): ReadonlyMap<string, readonly RouteSeen[]>;
  countersOf(host: string): ReadonlyMap<string, readonly SeenCounters[]>;
  readonly refused: readonly SeenRejection[];
  applications(namespace: string, name: string): readonly SeenApplication[];
}

export function createLayerRecord(
  now: () => number,
  onEvent: (lane: string, label: string, detail?: string) => void,
): LayerRecord {
  const routes = new Map<string, Map<string, RouteSeen[]>>();
  const counters = new Map<string, Map<string, SeenCounters[]>>();
  const gateways = new Set<string>();
  const refused: SeenRejection[] = [];
  const applications = new Map<string, SeenApplication[]>();
  const entry = <Value>(map: Map<string, Map<string, Value[]>>, host: string, proxy: string): Value[] => {
    const ofHost = map.get(host) ?? new Map<string, Value[]>();
    map.set(host, ofHost);
    const list = ofHost.get(proxy) ?? [];
    ofHost.set(proxy, list);
    return list;
  };
  return {
    refused,
    route: (seen) => void entry(routes, seen.host, seen.proxy).push(seen),
    counters: ({ host, proxy, ...seen }) => void entry(counters, host, proxy).push(seen),
    rejections({ atMs, rejections }) {
      const same = (a: Pick<SeenRejection, 'proxy' | 'type' | 'text'>, b: typeof a) =>
        a.proxy === b.proxy && a.type === b.type && a.text === b.text;
      const open = refused.filter((one) => one.clearedMs === undefined);
      for (const one of open) if (!rejections.some((now) => same(now, one))) one.clearedMs = atMs;
      for (const rejection of rejections) {
        if (open.some((one) => same(one, rejection))) continue;
        refused.push({ ...rejection, atMs, clearedMs: undefined });
        onEvent('xDS', `${rejection.proxy} refuses ${rejection.type}`, rejection.text);
      }
    },
    gateway: (proxy) => void gateways.add(proxy),
    isGateway: (proxy) => gateways.has(proxy),
    proxyGone(proxy) {
      for (const map of [routes, counters]) for (const ofHost of map.values()) ofHost.delete(proxy);
      for (const one of refused) if (one.proxy === proxy) one.clearedMs ??= now();
    },
    application(object) {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      const known = applications.get(key) ?? [];
      applications.set(key, known);
      const fields = object.metadata.managedFields;
      const automated = isAutomated(object);
      const before = known.at(-1);
      const seen: SeenApplication = {
        atMs: now(),
        commit: appliedRevision(object) ?? before?.commit,
        automated,
        selfHeal: automated && selfHeals(object),
        policyWriter: policyWriter(fields, automated),
      };
      if (before?.commit === seen.commit && before?.automated === seen.automated && before.selfHeal === seen.selfHeal)
        return;
      known.push(seen);
      if (seen.commit !== undefined && seen.commit !== before?.commit)
        onEvent('Argo CD', `applied ${seen.commit.slice(0, 12)}`, `Application ${key}`);
    },
    routesOf: (host) => routes.get(host) ?? new Map(),
    countersOf: (host) => counters.get(host) ?? new Map(),
    applications: (namespace, name) => applications.get(`${namespace}/${name}`) ?? [],
  };
}

/** The revision of the last sync that succeeded; `status.sync.revision` alone only says what was compared. */
function appliedRevision(object: KubeObject): string | undefined {
  const { sync, operationState } = applicationStatus(object);
  if (sync?.status === 'Synced' && sync.revision) return sync.revision;
  return operationState?.phase === 'Succeeded' ? operationState.syncResult?.revision : undefined;
}

function selfHeals(object: KubeObject): boolean {
  const policy = (object.spec as { syncPolicy?: { automated?: { selfHeal?: boolean } | null } } | undefined)
    ?.syncPolicy;
  return policy?.automated?.selfHeal === true;
}

/** Who switched it off owns no field for it any more; the controller's own writes of the status do not count. */
function policyWriter(fields: KubeObject['metadata']['managedFields'], automated: boolean): string {
  const ofSpec = fields?.filter(({ fieldsV1 }) => fieldsV1 !== undefined && 'f:spec' in fieldsV1);
  const owner = automated ? fieldOwner(fields, ['spec', 'syncPolicy', 'automated']) : undefined;
  return owner ?? newestWriter(ofSpec) ?? newestWriter(fields) ?? 'unknown writer';
}
