/** A real Envoy with one weighted route over two upstreams, from a static configuration. */
import { clusterCounters, loopback, startEnvoy } from './envoy-process.ts';

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
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'ingress',
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            {
              match: { prefix: '/' },
              route: { weighted_clusters: { clusters: upstreams.map(({ name, weight }) => ({ name, weight })) } },
            },
          ],
        },
      ],
    },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  return {
    static_resources: {
      listeners: [
        {
          address: loopback(0),
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
          ],
        },
      ],
      clusters: upstreams.map(({ name, port }) => ({
        name,
        type: 'STATIC',
        load_assignment: {
          cluster_name: name,
          endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(port) } }] }],
        },
      })),
    },
  };
}
