/** How a client reaches a route: through the ingress, or from a pod of the mesh. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { isLetIn, namedPaths, saidBy } from './authorization/let-in.ts';
import type { ClientPath, IngressPath, MeshPath } from './claims/client-path.ts';
import { type Answered, plainPath } from './plain-path.ts';
import { declaredHosts, gatewaysOf, outsideHost, servedHost } from './served-hosts.ts';
import { armsOf, isHostOf } from './split-arms.ts';
import type { SplitRoute } from './subjects.ts';
import { ofKind, selectedBy, type UnitFacts, type Workload } from './unit-facts.ts';

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

/**
 * Those that reach the route. Where none does, a route for the outside is asked for all the same: that nobody reaches it is
 * what a run shows then.
 *
 * @param host of the profile: for routes that name none, and for those that take it beside their own
 */
export function clientPaths(
  subject: { readonly virtualService: ManifestObject; readonly route: SplitRoute },
  facts: UnitFacts,
  host: string,
): readonly ClientPath[] {
  const entry = entryOf(subject.virtualService, facts).virtualService;
  const passed = passedRoutes(subject, facts);
  const gateways = gatewaysOf(entry);
  const receivers = armsOf(subject, facts).flatMap(({ workload }) => workload ?? []);
  const answered = (client: (path: string) => ClientPath | undefined): Answered => ({
    answers: (path) => {
      const asking = client(path);
      return !asking || receivers.every((receiver) => isLetIn(saidBy(receiver, asking, facts)));
    },
    known: namedPaths(receivers, facts),
  });
  const at = (gateway: string, asked: string | undefined): IngressPath[] => {
    if (asked === undefined) return [];
    const client = (path: string): IngressPath => ({ kind: 'ingress', host: asked, path });
    const path = plainPath(passed, { gateways: [gateway], authority: { exact: asked } }, answered(client));
    return path === undefined ? [] : [client(path)];
  };
  const outside = gateways.filter((name) => name !== 'mesh');
  const [reached] = outside.flatMap((gateway) => at(gateway, servedHost(entry, gateway, facts, host)));
  const within = (path: string) => meshPath(entry, facts, path);
  const inside = gateways.includes('mesh') ? plainPath(passed, { gateways: ['mesh'] }, answered(within)) : undefined;
  const mesh = inside === undefined ? undefined : within(inside);
  const [unreached] =
    reached || mesh ? [] : outside.flatMap((gateway) => at(gateway, outsideHost(entry, facts) ?? host));
  return [reached, unreached, mesh].filter((path) => path !== undefined);
}

/** The path that a copy of the application is asked for: its routes and Gateways have a host of its own (stage-objects.ts). */
export function pathOfCopies(
  subject: { readonly virtualService: ManifestObject; readonly route: SplitRoute },
  facts: UnitFacts,
  host: string,
): string | undefined {
  const { virtualService: entry } = entryOf(subject.virtualService, facts);
  const passed = passedRoutes(subject, facts);
  return gatewaysOf(entry)
    .filter((name) => name !== 'mesh')
    .map((gateway) => plainPath(passed, { gateways: [gateway], authority: { exact: host } }))
    .find((path) => path !== undefined);
}

/** Its own route, and that of whoever hands over to it. */
function passedRoutes(
  { virtualService, route }: { readonly virtualService: ManifestObject; readonly route: SplitRoute },
  facts: UnitFacts,
) {
  const entry = entryOf(virtualService, facts);
  const given = entry.routeIndex === undefined ? [] : [{ ...entry, index: entry.routeIndex }];
  return [{ virtualService, index: route.index }, ...given];
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
