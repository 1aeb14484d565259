/** A real Envoy with one weighted route over two upstreams, from a static configuration. */
import { clusterCounters, httpManager, loopback, loopbackCluster, startEnvoy } from './envoy-process.ts';

export interface WeightedUpstream {
  readonly name: string;
  readonly port: number;
  readonly weight: number;
}

export interface SplitProxy {
  readonly port: number;
  /** Requests that Envoy sent to each upstream, by its own counters. */
  requestsByUpstream(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

export async function startSplitProxy(envoyPath: string, upstreams: readonly WeightedUpstream[]): Promise<SplitProxy> {
  const envoy = await startEnvoy(envoyPath, envoyConfig(upstreams));
  return {
    port: envoy.port,
    stop: envoy.stop,
    requestsByUpstream: () => clusterCounters(envoy, 'upstream_rq_total'),
  };
}

function envoyConfig(upstreams: readonly WeightedUpstream[]): object {
  const weighted = { weighted_clusters: { clusters: upstreams.map(({ name, weight }) => ({ name, weight })) } };
  return {
    static_resources: {
      listeners: [{ address: loopback(0), filter_chains: [{ filters: [httpManager(weighted)] }] }],
      clusters: upstreams.map(({ name, port }) => loopbackCluster(name, port)),
    },
  };
}
