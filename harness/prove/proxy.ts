/** A running Envoy whose route can be changed while it serves, read back with the product's own reader. */
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clusterCounters, type EnvoyProcess, startEnvoy, waitFor } from '../bench/envoy-process.ts';
import { type ProxyRoute, type ProxyWeights, proxyRouteOf } from '../evidence/proxy-routes.ts';
import { HOST, type ProxySpec, proxyConfig, ROUTE_CONFIG, type RouteAction, routeDiscovery } from './proxy-config.ts';

export interface LiveProxy {
  readonly name: string;
  readonly port: number;
  /** Offers a new route. @returns Unix ms at which the proxy itself says it took it */
  changeRoute(action: RouteAction): Promise<number>;
  /** Offers a route that the proxy cannot take; waits until it has said so. */
  offerBadRoute(action: RouteAction): Promise<void>;
  /** Subset -> weight, from its dump, as `conform` reads it. */
  weights(): Promise<ProxyWeights | undefined>;
  /** Subset -> requests sent there (attempts: retries and mirrored ones count). */
  attempts(): Promise<Readonly<Record<string, number>>>;
  /** Subset -> attempts that were retries. */
  retries(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

const DUMP = '/config_dump?resource=dynamic_route_configs';

/** @param directory its own, for the file that its routes come from */
export async function startProxy(
  envoyPath: string,
  name: string,
  directory: string,
  spec: Omit<ProxySpec, 'routesFile'>,
  first: RouteAction,
): Promise<LiveProxy> {
  const routesFile = path.join(directory, 'routes.json');
  let version = 0;
  // Envoy watches for a file that is moved into place.
  const offer = async (action: RouteAction): Promise<string> => {
    version += 1;
    await writeFile(`${routesFile}.new`, JSON.stringify(routeDiscovery(String(version), action)));
    await rename(`${routesFile}.new`, routesFile);
    return String(version);
  };
  const firstVersion = await offer(first);
  const envoy = await startEnvoy(envoyPath, proxyConfig({ ...spec, routesFile }));
  const taken = (wanted: string): Promise<number> =>
    waitFor(`${name} takes route ${wanted}`, async () => {
      const { version, updatedMs } = await routeOf(envoy);
      return version === wanted ? updatedMs : undefined;
    });
  try {
    await taken(firstVersion);
  } catch (error) {
    await envoy.stop();
    throw error;
  }
  return {
    name,
    port: envoy.port,
    changeRoute: async (action) => taken(await offer(action)),
    async offerBadRoute(action) {
      const before = await rejectedUpdates(envoy);
      await offer(action);
      await waitFor(`${name} refuses the route`, async () => (await rejectedUpdates(envoy)) > before || undefined);
    },
    weights: async () => (await routeOf(envoy)).weights,
    attempts: async () => bySubset(await clusterCounters(envoy, 'upstream_rq_total')),
    retries: async () => bySubset(await clusterCounters(envoy, 'upstream_rq_retry')),
    stop: envoy.stop,
  };
}

async function routeOf(envoy: EnvoyProcess): Promise<ProxyRoute> {
  return proxyRouteOf(JSON.stringify(await envoy.ask(DUMP)), HOST);
}

async function rejectedUpdates(envoy: EnvoyProcess): Promise<number> {
  const { stats } = (await envoy.ask(`/stats?format=json&filter=rds.${ROUTE_CONFIG}.update_rejected$`)) as {
    readonly stats: readonly { readonly value?: number }[];
  };
  return stats.reduce((sum, { value }) => sum + (value ?? 0), 0);
}

function bySubset(counters: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counters).map(([cluster, count]) => [cluster.split('|')[2] ?? '', count]));
}
