/**
 * What each Envoy routes: the weighted clusters of one service's virtual host, from the proxy's own configuration dump.
 * Read inside the pod's network namespace, where the admin interface listens.
 */
import { z } from 'zod';
import { environmentError } from '../errors/harness-error.ts';
import { runProgram } from '../process/run-program.ts';

const ADMIN_URL = 'http://127.0.0.1:15000/config_dump?resource=dynamic_route_configs';
/** Fetches one URL and prints the body; runs in another network namespace, so it must be a program of its own. */
const FETCH = 'fetch(process.argv[1]).then((r) => r.text()).then((t) => process.stdout.write(t))';

const weightedCluster = z.object({ name: z.string(), weight: z.number().default(0) });
const routeSchema = z.object({
  route: z
    .object({
      cluster: z.string().optional(),
      weighted_clusters: z.object({ clusters: z.array(weightedCluster) }).optional(),
    })
    .optional(),
});
const dumpSchema = z.object({
  configs: z
    .array(
      z.object({
        version_info: z.string().optional(),
        last_updated: z.string().optional(),
        route_config: z
          .object({
            virtual_hosts: z
              .array(z.object({ name: z.string(), routes: z.array(routeSchema).default([]) }))
              .default([]),
          })
          .optional(),
      }),
    )
    .default([]),
});

/** Subset -> weight as the proxy holds them; a host without a split has one entry `(whole host)`. */
export type ProxyWeights = Readonly<Record<string, number>>;

export const WHOLE_HOST = '(whole host)';

/** `outbound|9080|v1|reviews.default.svc.cluster.local` -> `v1` */
function subsetOf(cluster: string): string {
  return cluster.split('|')[2] || WHOLE_HOST;
}

/**
 * @param dump JSON text of Envoy's `/config_dump?resource=dynamic_route_configs`
 * @param host fully qualified service name
 * @returns undefined when the proxy has no route to the host
 */
export function routeWeightsOf(dump: string, host: string): ProxyWeights | undefined {
  for (const { route_config: config } of dumpSchema.parse(JSON.parse(dump)).configs)
    for (const { name, routes } of config?.virtual_hosts ?? []) {
      if (name !== host && !name.startsWith(`${host}:`)) continue;
      for (const { route } of routes) {
        if (route?.weighted_clusters)
          return Object.fromEntries(route.weighted_clusters.clusters.map((c) => [subsetOf(c.name), c.weight]));
        if (route?.cluster) return { [subsetOf(route.cluster)]: 100 };
      }
    }
  return undefined;
}

/**
 * @param argvPrefix enters the pod's network namespace
 * @throws HarnessError PROGRAM_FAILED, PROXY_DUMP_UNREADABLE
 */
export async function readProxyWeights(
  argvPrefix: readonly string[],
  host: string,
  signal: AbortSignal,
): Promise<ProxyWeights | undefined> {
  const [program, ...args] = [...argvPrefix, process.execPath, '-e', FETCH, ADMIN_URL];
  const { stdout } = await runProgram([program ?? process.execPath, ...args], { timeoutMs: 10_000, signal });
  try {
    return routeWeightsOf(stdout, host);
  } catch (cause) {
    throw environmentError('PROXY_DUMP_UNREADABLE', `a proxy answered ${JSON.stringify(stdout.slice(0, 200))}`, {
      where: ADMIN_URL,
      hint: 'Is the proxy still starting, or is its admin interface another program?',
      cause,
    });
  }
}
