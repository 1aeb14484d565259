/** What the ingress gateways themselves route, watched while a weight goes back to zero. */
import { gatewayLabels, INGRESS_GATEWAY, labelSelector } from '../../evidence/ingress-gateway.ts';
import { createProxyWatch, type RouteSeen } from '../../evidence/proxy-watch.ts';
import type { Scene } from '../../scene/scene.ts';

/** @param routes gets every change of a route to that host, gateway by gateway */
export async function watchGateways(host: string, routes: RouteSeen[], scene: Scene) {
  const watch = createProxyWatch({
    hosts: [host],
    enter: async ({ namespace, pod }) => (await scene.cluster.loadAt({ kind: 'mesh', namespace, pod })).argvPrefix,
    onRoute: (seen) => routes.push(seen),
    onCounters: () => undefined,
    onRejections: () => undefined,
    onLost: (proxy, why) => scene.progress.note(`lost the proxy ${proxy}: ${why}`),
    onCost: () => undefined,
  });
  const { namespace } = INGRESS_GATEWAY;
  const selector = labelSelector(await gatewayLabels(scene.client));
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace }, selector);
  for (const { metadata } of pods)
    watch.add({ namespace, pod: metadata.name, uid: metadata.uid ?? metadata.name, role: 'proxy' });
  return watch;
}

/** The first moment from which each proxy no longer routes to the canary; asked again and again, so at most 250 ms late. */
export function gatewaysAtZero(routes: readonly RouteSeen[], zeroMs: number, canarySubset: string | undefined) {
  const byProxy = new Map<string, RouteSeen[]>();
  for (const seen of routes) byProxy.set(seen.proxy, [...(byProxy.get(seen.proxy) ?? []), seen]);
  return [...byProxy].map(([proxy, all]) => {
    const before = zeroMs - 5_000;
    const zero = all.find(({ atMs, weights }) => atMs >= before && weights && canaryShare(weights, canarySubset) === 0);
    return { proxy, ...(zero ? { acknowledgedAtMs: zero.atMs } : {}) };
  });
}

function canaryShare(weights: Readonly<Record<string, number>>, subset: string | undefined): number {
  return subset === undefined ? (Object.entries(weights)[1]?.[1] ?? 0) : (weights[subset] ?? 0);
}
