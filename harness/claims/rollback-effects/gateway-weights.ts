/** When the ingress gateways no longer routed to the canary. Pure. */

import { routedWeight } from '../../rollouts/layers/proxy-states.ts';
import type { ProxySeen } from '../../rollouts/layers/rollout-evidence.ts';
import type { DeclaredRollout } from '../../rollouts/rollout-object.ts';

interface GatewayAtZero {
  readonly proxy: string;
  /** It could not be asked any more before it had got there. */
  readonly isLost: boolean;
  /** Unix milliseconds; undefined: it was not seen to get there. */
  readonly acknowledgedAtMs?: number;
}

/**
 * The first moment from which each proxy no longer routes to the canary; asked again and again, so at most 250 ms late. Of
 * one that could not be asked any more before that, nobody knows it.
 */
export function gatewaysAtZero(
  routes: readonly ProxySeen[],
  zeroMs: number,
  rollout: DeclaredRollout,
): readonly GatewayAtZero[] {
  const byProxy = new Map<string, ProxySeen[]>();
  for (const seen of routes) byProxy.set(seen.proxy, [...(byProxy.get(seen.proxy) ?? []), seen]);
  return [...byProxy].map(([proxy, all]) => {
    const before = zeroMs - 5_000;
    const zero = all.find((seen) => seen.atMs >= before && routedWeight(seen, rollout) === 0);
    const isLost = !zero && all.at(-1)?.lost !== undefined;
    return { proxy, isLost, ...(zero ? { acknowledgedAtMs: zero.atMs } : {}) };
  });
}

/** Undefined: every gateway was read. */
export function unreadInWords(gateways: readonly GatewayAtZero[]): string | undefined {
  if (gateways.length === 0) return 'No gateway could be read, so nobody knows when it took the weight of 0.';
  const lost = gateways.filter(({ isLost }) => isLost).map(({ proxy }) => proxy);
  if (lost.length === 0) return undefined;
  return `${lost.join(', ')} could not be read any more, so nobody knows when it took the weight of 0.`;
}
