/** What the ingress gateways themselves route to the hosts of a rollout, read for as long as it is judged. */
import { gatewayLabels, INGRESS_GATEWAY, labelSelector } from '../../evidence/ingress-gateway.ts';
import { createProxyWatch, type RouteSeen } from '../../evidence/proxy-watch.ts';
import type { Scene } from '../../scene/scene.ts';

export interface GatewayRoutes extends AsyncDisposable {
  /** Every change, in the order in which it was told. */
  readonly routes: readonly RouteSeen[];
}

/** @throws HarnessError INGRESS_GATEWAY_MISSING (exit 3) */
export async function openGatewayRoutes(hosts: readonly string[], scene: Scene): Promise<GatewayRoutes> {
  const routes: RouteSeen[] = [];
  const { namespace } = INGRESS_GATEWAY;
  const selector = labelSelector(await gatewayLabels(scene.client));
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace }, selector);
  const watch = createProxyWatch({
    hosts,
    enter: async ({ namespace: place, pod }) =>
      (await scene.cluster.loadAt({ kind: 'mesh', namespace: place, pod })).argvPrefix,
    onRoute: (seen) => routes.push(seen),
    onCounters: () => undefined,
    onRejections: () => undefined,
    onLost: (proxy, why) => scene.progress.note(`lost the proxy ${proxy}: ${why}`),
    onCost: () => undefined,
  });
  for (const { metadata } of pods)
    watch.add({ namespace, pod: metadata.name, uid: metadata.uid ?? metadata.name, role: 'proxy' });
  return { routes, [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose]() };
}
