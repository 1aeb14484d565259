/** What each proxy routed to the canary over time, from what its reader told of it. Pure. */
import { coversHost, fullHost } from '../../lint/routes/service-hosts.ts';
import type { DeclaredRollout } from '../rollout-object.ts';
import type { ClientsOf, ProxySeen, RolloutEvidence } from './rollout-evidence.ts';

/** From a moment on. */
export interface ProxyState {
  readonly atMs: number;
  /** Canary's share in per cent; undefined: it routes nothing there, or nobody looked. */
  readonly routed: number | undefined;
  /** The state before it may have ended as early as this. */
  readonly sinceMs: number;
  readonly lost: string | undefined;
}

export interface ProxyStates {
  /** `namespace/pod`. */
  readonly proxy: string;
  readonly path: ClientsOf['path'];
  readonly states: readonly ProxyState[];
}

/** Of the proxies whose routes the VirtualService orders: one that passes on to another service has no weight to follow. */
export function proxyStates({ proxies, rollout, watch }: RolloutEvidence): readonly ProxyStates[] {
  const { hosts } = (watch.virtualService?.spec ?? {}) as { hosts?: readonly string[] };
  const { namespace } = rollout.ref;
  const isOrdered = (host: string) =>
    hosts === undefined || hosts.some((pattern) => coversHost(fullHost(pattern, namespace), host));
  const byProxy = new Map<string, ProxySeen[]>();
  for (const seen of proxies.filter(({ host }) => isOrdered(host))) {
    const key = `${seen.proxy} ${seen.host}`;
    byProxy.set(key, [...(byProxy.get(key) ?? []), seen]);
  }
  return [...byProxy.values()].map((told) => {
    const [{ proxy, path }] = told as [ProxySeen];
    return { proxy, path, states: statesOf(told, rollout) };
  });
}

function statesOf(told: readonly ProxySeen[], rollout: DeclaredRollout): readonly ProxyState[] {
  const known = told.filter(({ lost, atMs }, i) => {
    const next = told[i + 1];
    // a proxy that is read again and took its routes before says that they were the same meanwhile
    return lost === undefined || next === undefined || next.atMs > atMs;
  });
  const states = known
    .map((seen): ProxyState => {
      const { atMs, sinceMs, lost } = seen;
      return { atMs, routed: routedWeight(seen, rollout), sinceMs: sinceMs ?? atMs, lost };
    })
    .sort((a, b) => a.atMs - b.atMs);
  // another part of its routes may have changed
  return states.filter(({ routed, lost }, i) => i === 0 || routed !== states[i - 1]!.routed || lost !== undefined);
}

/** Canary's share in per cent; undefined: it routes nothing there. */
export function routedWeight(
  { weights, services }: Pick<ProxySeen, 'weights' | 'services'>,
  rollout: DeclaredRollout,
): number | undefined {
  const { subsets, canaryService, ref } = rollout;
  const held = subsets ? weights : services;
  if (held === undefined) return undefined;
  const total = Object.values(held).reduce((sum, weight) => sum + weight, 0);
  const canary = held[subsets?.canary ?? fullHost(canaryService ?? '', ref.namespace)] ?? 0;
  return total === 0 ? 0 : (100 * canary) / total;
}

/** What kind of proxy it is, and whose. */
export const proxyName = ({ path, proxy }: Pick<ProxyStates, 'path' | 'proxy'>): string =>
  path === 'mesh' ? `the sidecar of ${proxy}` : `the proxy of ${proxy}`;

/** Whether what it routed was known all the time; a proxy that was never seen is not here. */
export function isKnown({ states }: ProxyStates, fromMs: number, toMs: number): boolean {
  const held = states.findLast(({ atMs }) => atMs <= fromMs);
  const during = states.filter(({ atMs }) => atMs > fromMs && atMs < toMs);
  return held !== undefined && [held, ...during].every(({ lost }) => lost === undefined);
}
