/** A real Envoy's dump: its versions alone say that a route changed, and the whole says how. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { programFrom } from '../bench/child-program.ts';
import { loopback, startEnvoy } from '../bench/envoy-process.ts';
import { runReader } from './proxy-reader.ts';
import type { ProxyRoute } from './proxy-routes.ts';

const HOST = 'reviews.shop.svc.cluster.local';
const TYPE = 'type.googleapis.com/envoy';

/** A whole RDS answer. */
function routes(version: string, weight: number) {
  const clusters = [
    { name: `outbound|9080|v1|${HOST}`, weight: 100 - weight },
    { name: `outbound|9080|v3|${HOST}`, weight },
  ];
  const route = { match: { prefix: '/' }, route: { weighted_clusters: { clusters } } };
  const virtual_hosts = [{ name: `${HOST}:9080`, domains: ['*'], routes: [route] }];
  return {
    version_info: version,
    resources: [{ '@type': `${TYPE}.config.route.v3.RouteConfiguration`, name: '9080', virtual_hosts }],
  };
}

function config(rdsFile: string) {
  const manager = {
    ...{ '@type': `${TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager` },
    stat_prefix: 'test',
    rds: {
      route_config_name: '9080',
      config_source: { resource_api_version: 'V3', path_config_source: { path: rdsFile } },
    },
    http_filters: [{ name: 'router', typed_config: { '@type': `${TYPE}.extensions.filters.http.router.v3.Router` } }],
  };
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }];
  return {
    node: { id: 'test', cluster: 'test' },
    static_resources: { listeners: [{ address: loopback(0), filter_chains: [{ filters }] }] },
  };
}

test('weights that reach an Envoy are told, each with its version', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-rds-'));
  const rdsFile = path.join(folder, 'rds.json');
  /** Envoy looks for files that are moved into their place. */
  const put = async (version: string, weight: number) => {
    await writeFile(`${rdsFile}.new`, JSON.stringify(routes(version, weight)));
    await rename(`${rdsFile}.new`, rdsFile);
  };
  await put('1', 10);
  const envoy = await startEnvoy(await programFrom('CANARYPROOF_ENVOY', 'envoy'), config(rdsFile));
  const over = new AbortController();
  const told: ProxyRoute[] = [];
  const orders = {
    routesUrl: `${envoy.adminUrl}/config_dump?resource=dynamic_route_configs`,
    hosts: [HOST],
    ...{ routesEveryMs: 50, countersEveryMs: 1_000 },
  };
  const ended = runReader([], orders, (line) => line.kind === 'route' && told.push(line.route), over.signal);
  const seen = () => told.map(({ weights, version }) => [weights, version]);
  try {
    await vi.waitFor(() => expect(seen()).toEqual([[{ v1: 90, v3: 10 }, '1']]), 20_000);
    await put('2', 25);
    await vi.waitFor(() => expect(seen().slice(1)).toEqual([[{ v1: 75, v3: 25 }, '2']]), 20_000);
    expect(told[1]!.updatedMs).toBeGreaterThan(told[0]!.updatedMs ?? 0);
  } finally {
    over.abort();
    await ended;
    await envoy.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
