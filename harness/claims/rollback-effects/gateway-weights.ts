/** When the ingress gateways no longer routed to the canary. Pure. */

import { routedWeight } from '../../rollouts/layers/proxy-states.ts';
import type { ProxySeen } from '../../rollouts/layers/rollout-evidence.ts';
import type { DeclaredRollout } from '../../rollouts/rollout-object.ts';

/** The first moment from which each proxy no longer routes to the canary; asked again and again, so at most 250 ms late. */
export function gatewaysAtZero(routes: readonly ProxySeen[], zeroMs: number, rollout: DeclaredRollout) {
  const byProxy = new Map<string, ProxySeen[]>();
  for (const seen of routes) byProxy.set(seen.proxy, [...(byProxy.get(seen.proxy) ?? []), seen]);
  return [...byProxy].map(([proxy, all]) => {
    const before = zeroMs - 5_000;
    const zero = all.find((seen) => seen.atMs >= before && routedWeight(seen, rollout) === 0);
    return { proxy, ...(zero ? { acknowledgedAtMs: zero.atMs } : {}) };
  });
}
