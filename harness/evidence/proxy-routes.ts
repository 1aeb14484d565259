/**
 * What an Envoy routes: the weighted clusters of a service's virtual host, from the proxy's own configuration dump, with
 * the version that it accepted and when. Without a schema library: the reader that runs in every pod's network
 * namespace has to start fast and stay small.
 */

/** Subset -> weight as the proxy holds them; a host without a split has one entry `(whole host)`. */
export type ProxyWeights = Readonly<Record<string, number>>;

export const WHOLE_HOST = '(whole host)';

export interface ProxyRoute {
  /** Undefined: the proxy has no route to the host. */
  readonly weights: ProxyWeights | undefined;
  /** xDS version of the route configuration that holds it; '' where there is none. */
  readonly version: string;
  /** When Envoy took that version, on its own clock (Unix milliseconds). */
  readonly updatedMs: number | undefined;
}

interface Route {
  readonly route?: {
    readonly cluster?: string;
    readonly weighted_clusters?: { readonly clusters?: readonly { readonly name: string; readonly weight?: number }[] };
  };
}
interface RouteConfigDump {
  readonly version_info?: string;
  readonly last_updated?: string;
  readonly route_config?: {
    readonly virtual_hosts?: readonly { readonly name: string; readonly routes?: readonly Route[] }[];
  };
}

/** `outbound|9080|v1|reviews.default.svc.cluster.local` -> `v1` */
function subsetOf(cluster: string): string {
  return cluster.split('|')[2] || WHOLE_HOST;
}

/**
 * @param dump JSON text of Envoy's `/config_dump?resource=dynamic_route_configs`
 * @param host fully qualified service name
 * @throws SyntaxError when the text is no JSON, TypeError when it is no configuration dump
 */
export function proxyRouteOf(dump: string, host: string): ProxyRoute {
  const { configs = [] } = JSON.parse(dump) as { configs?: readonly RouteConfigDump[] };
  if (!Array.isArray(configs)) throw new TypeError('no configuration dump');
  for (const { route_config: config, version_info: version = '', last_updated: updated } of configs)
    for (const { name, routes = [] } of config?.virtual_hosts ?? []) {
      if (name !== host && !name.startsWith(`${host}:`)) continue;
      const weights = weightsOf(routes);
      if (!weights) continue;
      const updatedMs = updated === undefined ? Number.NaN : Date.parse(updated);
      return { weights, version, updatedMs: Number.isNaN(updatedMs) ? undefined : updatedMs };
    }
  return { weights: undefined, version: '', updatedMs: undefined };
}

function weightsOf(routes: readonly Route[]): ProxyWeights | undefined {
  for (const { route } of routes) {
    const clusters = route?.weighted_clusters?.clusters;
    if (clusters) return Object.fromEntries(clusters.map(({ name, weight }) => [subsetOf(name), weight ?? 0]));
    if (route?.cluster) return { [subsetOf(route.cluster)]: 100 };
  }
  return undefined;
}
