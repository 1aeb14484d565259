/**
 * A copy of what Argo CD delivered, in a namespace and under a host of its own, so that trials run side by side without
 * touching each other or what Argo CD looks after. Only names of places change: queries, routes and policies stay.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { NamedRef } from '../documents/references.ts';
import {
  type AnalysisStep,
  type DeclaredRollout,
  HASH_LABEL,
  isCanaryRoute,
  type RolloutStep,
  weightedRoutes,
} from '../rollouts/rollout-object.ts';

/** Collections that make up the application under test. Autoscalers and alerts are left out: a trial has one load. */
export const COPIED = [
  { apiVersion: 'v1', resource: 'configmaps' },
  { apiVersion: 'v1', resource: 'serviceaccounts' },
  { apiVersion: 'v1', resource: 'services' },
  { apiVersion: 'apps/v1', resource: 'deployments' },
  { apiVersion: 'networking.istio.io/v1', resource: 'gateways' },
  { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices' },
  { apiVersion: 'networking.istio.io/v1', resource: 'destinationrules' },
  { apiVersion: 'argoproj.io/v1alpha1', resource: 'analysistemplates' },
  { apiVersion: 'argoproj.io/v1alpha1', resource: 'rollouts' },
] as const;

export const KINDS: Readonly<Record<(typeof COPIED)[number]['resource'], string>> = {
  configmaps: 'ConfigMap',
  serviceaccounts: 'ServiceAccount',
  services: 'Service',
  deployments: 'Deployment',
  gateways: 'Gateway',
  virtualservices: 'VirtualService',
  destinationrules: 'DestinationRule',
  analysistemplates: 'AnalysisTemplate',
  rollouts: 'Rollout',
};

/** Made by the cluster for every namespace. */
const OWN = /^(kube-root-ca\.crt|istio-ca-.*|default)$/;
const NOT_COPIED =
  /^(argocd\.argoproj\.io|kubectl\.kubernetes\.io|rollout\.argoproj\.io|argo-rollouts\.argoproj\.io)\//;

/** Gateways of other namespaces that the application's routes are bound to: they may serve its own hosts only. */
export function gatewaysElsewhere(objects: readonly KubeObject[], namespace: string): readonly NamedRef[] {
  const names = objects
    .filter(({ kind }) => kind === 'VirtualService')
    .flatMap(({ spec }) => (spec as { gateways?: readonly string[] } | undefined)?.gateways ?? []);
  return [...new Set(names)].flatMap((reference) => {
    const [place, name] = reference.split('/');
    return place && name && place !== namespace ? [{ namespace: place, name }] : [];
  });
}

/** In the copy, where the application may have one of that name itself. */
const nameElsewhere = ({ namespace, name }: NamedRef): string => `${namespace}-${name}`;

export interface StagePlace {
  readonly fromNamespace: string;
  readonly namespace: string;
  readonly host: string;
}

/** What the copy's Rollout does instead of the declared. */
export interface StagePlan {
  readonly steps: readonly RolloutStep[];
  /** Analysis in the background; undefined: none. */
  readonly background: AnalysisStep | undefined;
}

export interface StageChanges {
  readonly replicas: number;
  /** Undefined: as declared. */
  readonly plan: StagePlan | undefined;
  /** Applied to each AnalysisTemplate last. */
  readonly template?: (template: KubeObject) => KubeObject;
}

export function stageObjects(
  objects: readonly KubeObject[],
  rollout: DeclaredRollout,
  place: StagePlace,
  changes: StageChanges,
): KubeObject[] {
  const services = new Set(objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name));
  const isElsewhere = ({ kind, metadata }: KubeObject) =>
    kind === 'Gateway' && metadata.namespace !== undefined && metadata.namespace !== place.fromNamespace;
  const moves = new Map(
    objects.filter(isElsewhere).map(({ metadata: { namespace = '', name } }) => {
      const moved = nameElsewhere({ namespace, name });
      return [`${namespace}/${name}`, `${place.namespace}/${moved}`] as const;
    }),
  );
  return objects
    .filter(({ metadata }) => !OWN.test(metadata.name) && !metadata.ownerReferences?.length)
    .map((object) => {
      const kept = bare(object, place);
      const { namespace = '', name } = object.metadata;
      const named = isElsewhere(object)
        ? { ...kept, metadata: { ...kept.metadata, name: nameElsewhere({ namespace, name }) } }
        : kept;
      // what a trial's own steps hand to a query is a place as well
      const planned =
        object.kind === 'Rollout' && object.metadata.name === rollout.ref.name ? withSteps(named, changes) : named;
      const moved = relocated(planned, place, moves);
      switch (object.kind) {
        case 'Service':
          return service(moved);
        case 'Gateway':
          return gateway(moved, place.host);
        case 'VirtualService':
          return virtualService(moved, rollout, place.host, services);
        case 'DestinationRule':
          return destinationRule(moved);
        case 'AnalysisTemplate':
          return changes.template ? changes.template(moved) : moved;
        default:
          return moved;
      }
    });
}

/** Without what the API server, Argo CD and the Rollouts controller wrote into it. */
function bare(object: KubeObject, place: StagePlace): KubeObject {
  const { name, labels = {}, annotations = {} } = object.metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !NOT_COPIED.test(key)));
  const { status: _status, metadata: _metadata, ...rest } = object;
  return { ...rest, metadata: { name, namespace: place.namespace, labels, annotations: kept } };
}

/** Names of arguments that hand a namespace to a query. */
const A_NAMESPACE = /namespace|(?:^|[-_])ns(?:$|[-_])/i;

/** Every mention of the old namespace as a place: service names, gateway references, and matchers in queries. */
function relocated(
  object: KubeObject,
  { fromNamespace: from, namespace: to }: StagePlace,
  gateways: ReadonlyMap<string, string>,
): KubeObject {
  const replace = (text: string) =>
    text
      .replaceAll(`.${from}.svc`, `.${to}.svc`)
      .replaceAll(new RegExp(`(namespace\\w*\\s*=~?\\s*["'\`])${from}(["'\`])`, 'g'), `$1${to}$2`);
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') {
      if (key === 'gateways' && gateways.has(value)) return gateways.get(value);
      if (key === 'gateways' && value.startsWith(`${from}/`)) return `${to}/${value.slice(from.length + 1)}`;
      return replace(value);
    }
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== 'object' || value === null) return value;
    const entries = value as Readonly<Record<string, unknown>>;
    // an argument that hands the namespace to a query
    if (typeof entries.name === 'string' && A_NAMESPACE.test(entries.name) && entries.value === from)
      return { ...entries, value: to };
    return Object.fromEntries(Object.entries(entries).map(([name, inner]) => [name, walk(inner, name)]));
  };
  const { metadata, ...rest } = object;
  return { ...(walk(rest, '') as Omit<KubeObject, 'metadata'>), metadata };
}

function service(object: KubeObject): KubeObject {
  const { clusterIP: _ip, clusterIPs: _ips, selector, ports, ...spec } = object.spec as Record<string, unknown>;
  const { [HASH_LABEL]: _hash, ...labels } = (selector ?? {}) as Record<string, string>;
  const plain = ((ports ?? []) as Record<string, unknown>[]).map(({ nodePort: _port, ...port }) => port);
  return { ...object, spec: { ...spec, selector: labels, ports: plain } };
}

function gateway(object: KubeObject, host: string): KubeObject {
  const servers = ((object.spec as { servers?: object[] } | undefined)?.servers ?? []).map((server) => ({
    ...server,
    hosts: [host],
  }));
  return { ...object, spec: { ...object.spec, servers } };
}

/** Hosts of the outside become the stage's; weights go back to where a finished rollout leaves them. */
function virtualService(
  object: KubeObject,
  rollout: DeclaredRollout,
  host: string,
  services: ReadonlySet<string>,
): KubeObject {
  const { hosts = [], gateways } = object.spec as { hosts?: string[]; gateways?: string[] };
  // `shop.example.com` is a host of the outside, also where there is a Service `shop`
  const inner = hosts.filter((name) => services.has(name) || /^[^.]+\.[^.]+\.svc(\.|$)/.test(name));
  const outside = gateways?.some((name) => name !== 'mesh') ?? false;
  const http = (object.spec as { http?: object[] }).http ?? [];
  const splits = object.metadata.name === rollout.virtualService;
  const routes = weightedRoutes(object);
  return {
    ...object,
    spec: {
      ...object.spec,
      hosts: outside ? [...new Set([...inner, host])] : hosts,
      http: http.map((entry, i) => {
        const route = routes[i] ?? [];
        if (!splits || !route.some((candidate) => isCanaryRoute(candidate, rollout))) return entry;
        return {
          ...entry,
          route: route.map((candidate) => ({ ...candidate, weight: isCanaryRoute(candidate, rollout) ? 0 : 100 })),
        };
      }),
    },
  };
}

function destinationRule(object: KubeObject): KubeObject {
  const spec = object.spec as { subsets?: { labels?: Record<string, string> }[] };
  const subsets = spec.subsets?.map(({ labels = {}, ...subset }) => {
    const { [HASH_LABEL]: _hash, ...kept } = labels;
    return { ...subset, labels: kept };
  });
  return { ...object, spec: { ...spec, ...(subsets ? { subsets } : {}) } };
}

function withSteps(object: KubeObject, { plan, replicas }: StageChanges): KubeObject {
  const { strategy, ...spec } = object.spec as { strategy: { canary: { analysis?: unknown } } };
  if (!plan) return { ...object, spec: { ...spec, replicas, strategy } };
  const { analysis: _declared, ...canary } = strategy.canary;
  const analysis = plan.background ? { analysis: plan.background } : {};
  return {
    ...object,
    spec: { ...spec, replicas, strategy: { ...strategy, canary: { ...canary, ...analysis, steps: plan.steps } } },
  };
}
