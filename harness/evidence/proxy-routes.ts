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
  /** Fully qualified service name -> weight, where services are routed to as a whole: a split may be between those. */
  readonly services?: ProxyWeights;
  /** xDS version of the route configuration that holds it; '' where there is none. */
  readonly version: string;
  /** When Envoy took that version, on its own clock (Unix milliseconds). */
  readonly updatedMs: number | undefined;
}

interface Route {
  readonly match?: {
    readonly prefix?: string;
    readonly headers?: readonly unknown[];
    readonly query_parameters?: readonly unknown[];
  };
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
 * Istio gives the host of a VirtualService a virtual host on port 80 as well, in a route configuration of its own that
 * nobody uses, and Envoy dumps them in no order: the one on the port that its clusters have counts; of several the one
 * that was taken first, because another may be stuck behind it.
 * @param dump JSON text of Envoy's `/config_dump?resource=dynamic_route_configs`
 * @param host fully qualified service name
 * @throws SyntaxError when the text is no JSON, TypeError when it is no configuration dump
 */
export function proxyRouteOf(dump: string, host: string): ProxyRoute {
  return proxyRoutesOf(dump, [host])[0]!;
}

/** The same of many hosts, in their order: a dump is long, and is parsed once. */
export function proxyRoutesOf(dump: string, hosts: readonly string[]): readonly ProxyRoute[] {
  const { configs = [] } = JSON.parse(dump) as { configs?: readonly RouteConfigDump[] };
  if (!Array.isArray(configs)) throw new TypeError('no configuration dump');
  return hosts.map((host) => routeIn(configs, host));
}

function routeIn(configs: readonly RouteConfigDump[], host: string): ProxyRoute {
  const found: (ProxyRoute & { readonly onItsPort: boolean })[] = [];
  for (const { route_config: config, version_info: version = '', last_updated: updated } of configs)
    for (const { name, routes = [] } of config?.virtual_hosts ?? []) {
      if (name !== host && !name.startsWith(`${host}:`)) continue;
      const split = splitOf(routes);
      if (!split) continue;
      const updatedMs = updated === undefined ? Number.NaN : Date.parse(updated);
      const onItsPort = name.slice(host.length + 1) === portOf(routes);
      found.push({ ...split, version, updatedMs: Number.isNaN(updatedMs) ? undefined : updatedMs, onItsPort });
    }
  const [first] = found.sort(
    (a, b) => Number(b.onItsPort) - Number(a.onItsPort) || (a.updatedMs ?? 0) - (b.updatedMs ?? 0),
  );
  if (!first) return { weights: undefined, version: '', updatedMs: undefined };
  const { onItsPort: _, ...route } = first;
  return route;
}

/** `outbound|9080|v1|reviews.default.svc.cluster.local` -> `9080`, of the first cluster that is routed to. */
function portOf(routes: readonly Route[]): string | undefined {
  const [cluster] = routes.flatMap(({ route }) => [
    ...(route?.weighted_clusters?.clusters ?? []).map(({ name }) => name),
    ...(route?.cluster === undefined ? [] : [route.cluster]),
  ]);
  return cluster?.split('|')[1];
}

/** Of the routes that split, or else of all that lead somewhere, the first that is for every request. */
function splitOf(routes: readonly Route[]): Pick<ProxyRoute, 'weights' | 'services'> | undefined {
  const all = routes.flatMap(({ match, route }) => {
    const clusters =
      route?.weighted_clusters?.clusters ?? (route?.cluster ? [{ name: route.cluster, weight: 100 }] : []);
    return clusters.length === 0 ? [] : [{ clusters, isSplit: clusters.length > 1, isForAll: isForAll(match) }];
  });
  const splits = all.filter(({ isSplit }) => isSplit);
  const candidates = splits.length > 0 ? splits : all;
  const clusters = (candidates.find((one) => one.isForAll) ?? candidates[0])?.clusters;
  if (clusters === undefined) return undefined;
  const by = (key: (cluster: string) => string): ProxyWeights =>
    Object.fromEntries(clusters.map(({ name, weight = 0 }) => [key(name), weight]));
  const weights = by(subsetOf);
  return { weights, ...(WHOLE_HOST in weights ? { services: by((cluster) => cluster.split('|')[3] ?? cluster) } : {}) };
}

function isForAll({ prefix, headers = [], query_parameters: parameters = [] }: Route['match'] = {}): boolean {
  return prefix === '/' && headers.length === 0 && parameters.length === 0;
}
