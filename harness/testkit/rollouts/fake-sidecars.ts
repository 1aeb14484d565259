/** Readers of sidecars, played: they tell what the VirtualService of the host orders, or what a test says instead. */
import { readers } from '../../evidence/proxy-reader.ts';
import { fullHost } from '../../lint/routes/service-hosts.ts';
import { canaryWeight, readCanary } from '../../rollouts/rollout-object.ts';
import type { TrafficFaults } from './fake-mesh-traffic.ts';
import type { RolloutsCluster } from './fake-rollouts-cluster.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface SidecarFaults extends Pick<TrafficFaults, 'sidecar'> {
  /** Every reader ends by itself so long after it began, and cannot be started again. */
  readersEndAfterMs?: number;
}

/** @returns what puts the real readers back */
export function playSidecars(cluster: RolloutsCluster, faults: SidecarFaults, time: VirtualTime): () => void {
  const real = readers.run;
  readers.run = async (_argvPrefix, { hosts }, onLine, signal) => {
    const startMs = time.nowMs;
    const told = new Map<string, number>();
    const ended = Promise.withResolvers<string | undefined>();
    const look = () => {
      const why = time.nowMs - startMs >= (faults.readersEndAfterMs ?? Infinity) ? 'killed by a test' : undefined;
      if (why !== undefined) return ended.resolve(why);
      for (const host of hosts) {
        const written = weightOf(cluster, host);
        if (written === undefined) continue;
        const weight = faults.sidecar?.(written) ?? written;
        if (told.get(host) === weight) continue;
        told.set(host, weight);
        const weights = { stable: 100 - weight, canary: weight };
        const route = { weights, version: String(told.size), updatedMs: time.nowMs };
        onLine({ kind: 'route', at: time.nowMs, since: undefined, host, route });
      }
    };
    look();
    const stopTicking = time.onTick(look);
    const stop = () => ended.resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const why = await ended.promise;
    stopTicking();
    if (why !== undefined && !signal.aborted) faults.readersEndAfterMs = 0;
    return why;
  };
  return () => {
    readers.run = real;
  };
}

function weightOf(cluster: RolloutsCluster, host: string): number | undefined {
  for (const route of cluster.all('virtualservices')) {
    const { namespace = '' } = route.metadata;
    const { hosts = [] } = route.spec as { hosts?: readonly string[] };
    const rollout = cluster.all('rollouts').find((one) => one.metadata.namespace === namespace);
    if (rollout && hosts.some((one) => fullHost(one, namespace) === host))
      return canaryWeight(route, readCanary(rollout)) ?? 0;
  }
  return undefined;
}
