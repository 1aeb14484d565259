/** How a client reaches a route: through the ingress, or from a pod of the mesh. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { coversHost } from '../lint/routes/service-hosts.ts';
import { plainPath } from './plain-path.ts';
import { isHostOf } from './split-arms.ts';
import type { SplitRoute } from './subjects.ts';
import { ofKind, selectedBy, type UnitFacts, type Workload } from './unit-facts.ts';

export interface IngressPath {
  readonly kind: 'ingress';
  readonly host: string;
  readonly path: string;
}

export interface MeshPath {
  readonly kind: 'mesh';
  readonly from: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly path: string;
}

export type ClientPath = IngressPath | MeshPath;

/** A host that a Gateway can serve and a client can ask for. */
const PUBLIC_HOST = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/;

export function declaredHosts({ value }: ManifestObject): readonly string[] {
  return asList(valueAt(value, '/spec/hosts')).map(String);
}

/**
 * The host of the outside that a VirtualService names, one that its Gateways open before others; for `*` one that they open.
 * Undefined when they open all, and when it is empty or no host at all.
 */
export function outsideHost(virtualService: ManifestObject, facts: UnitFacts): string | undefined {
  const services = ofKind(facts, 'Service', '');
  const hosts = declaredHosts(virtualService).filter(
    (host) => !services.some(({ name, namespace }) => isHostOf(host, name, namespace)) && !/\.svc(\.|$)/.test(host),
  );
  const exact = hosts.filter((host) => PUBLIC_HOST.test(host));
  const open = openedHosts(virtualService, facts);
  const reached = exact.find((host) => open.some((pattern) => coversHost(pattern, host))) ?? exact[0];
  if (reached !== undefined) return reached;
  // whoever takes every host gets those that the Gateways open
  const named = hosts.includes('*') ? [...hosts, ...open] : hosts;
  const wild = named.find((host) => host.startsWith('*.') && PUBLIC_HOST.test(host.slice(2)));
  return (
    named.find((host) => PUBLIC_HOST.test(host)) ?? (wild === undefined ? undefined : `canaryproof${wild.slice(1)}`)
  );
}

/** By those Gateways of the unit that it is bound to. */
function openedHosts(virtualService: ManifestObject, facts: UnitFacts): readonly string[] {
  const bound = new Set(gatewaysOf(virtualService).map((name) => name.split('/').at(-1)));
  return ofKind(facts, 'Gateway', 'networking.istio.io')
    .filter(({ name }) => bound.has(name))
    .flatMap(({ value }) => asList(valueAt(value, '/spec/servers')))
    .flatMap((server) => asList(valueAt(server, '/hosts')))
    .map((host) => String(host).replace(/^[^/]*\//, ''));
}

export function isHost(text: string): boolean {
  return PUBLIC_HOST.test(text);
}

/** As Istio reads it: without any, the mesh. */
export function gatewaysOf({ value }: ManifestObject): readonly string[] {
  const named = asList(valueAt(value, '/spec/gateways')).map(String);
  return named.length > 0 ? named : ['mesh'];
}

export interface Entry {
  readonly virtualService: ManifestObject;
  /** Of the route that hands over to a delegate; undefined: there is none. */
  readonly routeIndex: number | undefined;
}

/** Where requests for a VirtualService come in: a delegate has no hosts and no gateways, but somebody who hands over to it. */
export function entryOf(virtualService: ManifestObject, facts: Pick<UnitFacts, 'objects'>): Entry {
  const own: Entry = { virtualService, routeIndex: undefined };
  if (declaredHosts(virtualService).length > 0) return own;
  const roots = ofKind(facts, 'VirtualService', 'networking.istio.io').flatMap((root): Entry[] =>
    asList(valueAt(root.value, '/spec/http')).flatMap((route, routeIndex) => {
      const { name, namespace = root.namespace } = asRecord(asRecord(route)?.delegate) ?? {};
      if (name !== virtualService.name || namespace !== virtualService.namespace) return [];
      return [{ virtualService: root, routeIndex }];
    }),
  );
  return roots[0] ?? own;
}

/** @param host of the outside; @param home namespace of the profile, which needs no name */
export function clientPaths(
  { virtualService, route }: { readonly virtualService: ManifestObject; readonly route: SplitRoute },
  facts: UnitFacts,
  host: string,
): readonly ClientPath[] {
  const entry = entryOf(virtualService, facts);
  const passed = [
    { virtualService, index: route.index },
    ...(entry.routeIndex === undefined ? [] : [{ virtualService: entry.virtualService, index: entry.routeIndex }]),
  ];
  const gateways = gatewaysOf(entry.virtualService);
  const outside = gateways.filter((name) => name !== 'mesh');
  const ingress = outside
    .map((gateway) => plainPath(passed, { gateways: [gateway], authority: { exact: host } }))
    .find((path) => path !== undefined);
  const inside = gateways.includes('mesh') ? plainPath(passed, { gateways: ['mesh'] }) : undefined;
  const mesh = inside === undefined ? undefined : meshPath(entry.virtualService, facts, inside);
  return [
    ...(ingress === undefined ? [] : [{ kind: 'ingress' as const, host, path: ingress }]),
    ...(mesh ? [mesh] : []),
  ];
}

function meshPath(virtualService: ManifestObject, facts: UnitFacts, path: string): MeshPath | undefined {
  const { namespace } = virtualService;
  // a sidecar finds the route by what is asked for: whoever asks for a destination itself goes past it
  const called = declaredHosts(virtualService);
  const service = ofKind(facts, 'Service', '').find((one) =>
    called.some((host) => isHostOf(host, one.name, one.namespace)),
  );
  const port = asRecord(asList(valueAt(service?.value, '/spec/ports'))[0])?.port;
  const behind = selectedBy(facts.workloads, asRecord(valueAt(service?.value, '/spec/selector')) ?? {}, namespace);
  const client = clientOf(facts.workloads, namespace, behind);
  if (!service || typeof port !== 'number' || !client) return undefined;
  return {
    kind: 'mesh',
    from: client.labels,
    namespace: client.object.namespace,
    service: called.find((host) => isHostOf(host, service.name, service.namespace))!,
    port,
    path,
  };
}

/** Pods of somebody else before those that answer, and of those that stay before a Rollout's, which come and go. */
function clientOf(
  workloads: readonly Workload[],
  namespace: string,
  behind: readonly Workload[],
): Workload | undefined {
  const own = workloads.filter(
    ({ object, labels }) => object.namespace === namespace && Object.keys(labels).length > 0,
  );
  const isDeployment = ({ object }: Workload) => object.kind === 'Deployment';
  const others = own.filter((workload) => !behind.includes(workload));
  return others.find(isDeployment) ?? own.find(isDeployment) ?? own[0];
}
