/** When the ingress gateways no longer routed to the canary. Pure. */
import type { RouteSeen } from '../../evidence/proxy-watch.ts';

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
