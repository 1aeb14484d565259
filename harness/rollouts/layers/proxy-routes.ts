/**
 * What the proxies that clients of a rollout meet first route to its hosts, read for as long as it is judged: the ingress
 * gateways, and the sidecar beside an in-mesh client.
 */
import type { TrafficPath } from '../../documents/references.ts';
import { gatewayLabels, INGRESS_GATEWAY, labelSelector } from '../../evidence/ingress-gateway.ts';
import { createProxyWatch, type PodName } from '../../evidence/proxy-watch.ts';
import type { Scene } from '../../scene/scene.ts';
import type { PlacedLoad } from '../../traffic/traffic-path.ts';
import type { ClientsOf, ProxySeen } from './rollout-evidence.ts';

export interface ProxyRoutes extends AsyncDisposable {
  /** Every change, in the order in which it was told. */
  readonly routes: readonly ProxySeen[];
}

/** The pod in which clients of the mesh start, with the name that they ask, fully qualified. */
export interface ClientSidecar extends PodName {
  readonly host: string;
}

/** The sidecar that splits the requests of clients which start there; none for those of the ingress. */
export function sidecarsOf(path: TrafficPath, { placement }: Pick<PlacedLoad, 'placement'>): readonly ClientSidecar[] {
  if (path.kind !== 'mesh' || placement.kind !== 'mesh') return [];
  const { namespace, pod } = placement;
  // as the load finds its address
  const [service, inNamespace = path.namespace] = path.service.split('.');
  return [{ namespace, pod, host: `${service}.${inNamespace}.svc.cluster.local` }];
}

/** @throws HarnessError INGRESS_GATEWAY_MISSING (exit 3) */
export async function openGatewayRoutes(hosts: readonly string[], scene: Scene): Promise<ProxyRoutes> {
  const { namespace } = INGRESS_GATEWAY;
  const selector = labelSelector(await gatewayLabels(scene.client));
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace }, selector);
  return openProxyRoutes(
    'ingress',
    hosts,
    pods.map(({ metadata }) => ({ namespace, pod: metadata.name })),
    scene,
  );
}

export function openSidecarRoutes({ host, ...pod }: ClientSidecar, scene: Scene): ProxyRoutes {
  return openProxyRoutes('mesh', [host], [pod], scene);
}

function openProxyRoutes(
  path: ClientsOf['path'],
  hosts: readonly string[],
  pods: readonly PodName[],
  scene: Scene,
): ProxyRoutes {
  const routes: ProxySeen[] = [];
  const watch = createProxyWatch({
    hosts,
    enter: async ({ namespace, pod }) => (await scene.cluster.loadAt({ kind: 'mesh', namespace, pod })).argvPrefix,
    onRoute: (seen) => routes.push({ ...seen, path }),
    onCounters: () => undefined,
    onRejections: () => undefined,
    onLost(proxy, lost) {
      scene.progress.note(`lost the proxy ${proxy}: ${lost}`);
      const gap = { atMs: scene.now(), sinceMs: undefined, weights: undefined, version: '', lost };
      routes.push(...hosts.map((host): ProxySeen => ({ proxy, host, path, ...gap })));
    },
    onCost: () => undefined,
  });
  for (const { namespace, pod } of pods) watch.add({ namespace, pod, uid: `${namespace}/${pod}`, role: 'proxy' });
  return { routes, [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose]() };
}
