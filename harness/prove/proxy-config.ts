/**
 * Envoy configuration of the data planes under test, written as istiod would name things, so that the product's own
 * readers (evidence/proxy-routes.ts) understand the proxy's dump: routes come over xDS (from a file), clusters are
 * `outbound|9080|<subset>|<host>`. Field names: envoyproxy/envoy api/envoy/config/route/v3/route_components.proto.
 */
import { loopback } from '../bench/envoy-process.ts';

export const HOST = 'reviews.default.svc.cluster.local';
export const ROUTE_CONFIG = '9080';

/** `v1` -> `outbound|9080|v1|reviews.default.svc.cluster.local`; the whole host has an empty subset. */
export function clusterName(subset: string): string {
  return `outbound|9080|${subset}|${HOST}`;
}

export interface Endpoint {
  readonly port: number;
  readonly weight?: number;
}

export interface ClusterSpec {
  readonly subset: string;
  readonly endpoints: readonly Endpoint[];
  readonly policy?: 'ROUND_ROBIN' | 'LEAST_REQUEST' | 'RANDOM';
}

/** Everything of `route` but the match; what Envoy calls RouteAction. */
export type RouteAction = Readonly<Record<string, unknown>>;

export function weighted(weights: Readonly<Record<string, number>>, extra: Record<string, unknown> = {}): RouteAction {
  const clusters = Object.entries(weights).map(([subset, weight]) => ({ name: clusterName(subset), weight }));
  return { weighted_clusters: { clusters, ...extra } };
}

/** What the file of the route discovery holds. An unknown cluster in it makes Envoy refuse the update. */
export function routeDiscovery(version: string, action: RouteAction): object {
  return {
    version_info: version,
    resources: [
      {
        '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
        name: ROUTE_CONFIG,
        validate_clusters: true,
        virtual_hosts: [{ name: `${HOST}:9080`, domains: ['*'], routes: [{ match: { prefix: '/' }, route: action }] }],
      },
    ],
  };
}

export interface ProxySpec {
  readonly routesFile: string;
  readonly clusters: readonly ClusterSpec[];
  /** Lua of a filter in front of the router. */
  readonly lua?: string;
  /** Adds `x-connection` with the client's address and port to each request, before its route is chosen. */
  readonly namesConnections?: boolean;
}

export function proxyConfig({ routesFile, clusters, lua, namesConnections = false }: ProxySpec): object {
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'inbound',
    rds: {
      route_config_name: ROUTE_CONFIG,
      config_source: { resource_api_version: 'V3', path_config_source: { path: routesFile } },
    },
    ...(namesConnections ? { early_header_mutation_extensions: [CONNECTION_NAME] } : {}),
    http_filters: [...(lua === undefined ? [] : [luaFilter(lua)]), ROUTER],
  };
  return {
    // file discovery wants a node, as every xDS client
    node: { id: 'proxy', cluster: 'canaryproof' },
    static_resources: {
      listeners: [httpListener('envoy.filters.network.http_connection_manager', manager)],
      clusters: clusters.map(toCluster),
    },
  };
}

/** A balancer of whole connections over several proxies, as a Service in front of gateway replicas is. */
export function connectionBalancerConfig(ports: readonly number[]): object {
  const cluster = { subset: 'proxies', endpoints: ports.map((port) => ({ port })) };
  const filter = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    stat_prefix: 'balancer',
    cluster: clusterName(cluster.subset),
  };
  return {
    static_resources: {
      listeners: [httpListener('envoy.filters.network.tcp_proxy', filter)],
      clusters: [toCluster(cluster)],
    },
  };
}

function httpListener(name: string, filter: object): object {
  return { address: loopback(0), filter_chains: [{ filters: [{ name, typed_config: filter }] }] };
}

function toCluster({ subset, endpoints, policy = 'ROUND_ROBIN' }: ClusterSpec): object {
  return {
    name: clusterName(subset),
    type: 'STATIC',
    lb_policy: policy,
    // the defaults (3 retries at a time) would make how many requests are tried again a matter of load
    circuit_breakers: { thresholds: [{ max_retries: 10_000, max_requests: 10_000, max_pending_requests: 10_000 }] },
    load_assignment: {
      cluster_name: clusterName(subset),
      endpoints: [
        {
          lb_endpoints: endpoints.map(({ port, weight }) => ({
            endpoint: { address: loopback(port) },
            ...(weight === undefined ? {} : { load_balancing_weight: weight }),
          })),
        },
      ],
    },
  };
}

const ROUTER = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
};

function luaFilter(source: string): object {
  return {
    name: 'envoy.filters.http.lua',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua',
      default_source_code: { inline_string: source },
    },
  };
}

const CONNECTION_NAME = {
  name: 'envoy.http.early_header_mutation.header_mutation',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
    mutations: [
      {
        append: {
          header: { key: 'x-connection', value: '%DOWNSTREAM_REMOTE_ADDRESS%' },
          append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
        },
      },
    ],
  },
};
