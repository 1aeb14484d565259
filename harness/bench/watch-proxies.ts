/**
 * What it costs an Envoy to be watched: a whole dump of its route configurations, and their versions alone, which the
 * reader in every pod asks for four times a second (harness/evidence/reader-program.ts).
 *
 *   CANARYPROOF_ENVOY=... npm run bench -- watch-proxies [--configs 13] [--hosts 20] [--asked 200]
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { programFrom } from './child-program.ts';
import { loopback, startEnvoy } from './envoy-process.ts';

const { values } = parseArgs({
  options: {
    configs: { type: 'string', default: '13' },
    hosts: { type: 'string', default: '20' },
    asked: { type: 'string', default: '200' },
  },
});
const [configs, hosts, asked] = [Number(values.configs), Number(values.hosts), Number(values.asked)];
const ASKED_PER_SECOND = 4;
const TYPE = 'type.googleapis.com/envoy';
const DUMP = '/config_dump?resource=dynamic_route_configs';

/** As istiod writes them: a virtual host for each Service, with a split of two subsets. */
function routeConfiguration(name: string): object {
  const virtual_hosts = Array.from({ length: hosts }, (_, i) => {
    const host = `service-${i}.shop.svc.cluster.local`;
    const clusters = [90, 10].map((weight, arm) => ({ name: `outbound|80|v${arm}|${host}`, weight }));
    const route = { weighted_clusters: { clusters }, timeout: '0s' };
    return { name: `${host}:80`, domains: [host, `service-${i}.shop`], routes: [{ match: { prefix: '/' }, route }] };
  });
  return { '@type': `${TYPE}.config.route.v3.RouteConfiguration`, name, virtual_hosts };
}

function listener(name: string, rdsFile: string): object {
  const typed_config = {
    '@type': `${TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    rds: {
      route_config_name: name,
      config_source: { resource_api_version: 'V3', path_config_source: { path: rdsFile } },
    },
    http_filters: [{ name: 'router', typed_config: { '@type': `${TYPE}.extensions.filters.http.router.v3.Router` } }],
  };
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config }];
  return { name, address: loopback(0), filter_chains: [{ filters }] };
}

const envoyPath = await programFrom('CANARYPROOF_ENVOY', 'envoy');
const folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-bench-'));
const listeners: object[] = [];
for (let i = 0; i < configs; i += 1) {
  const [name, file] = [`routes-${i}`, path.join(folder, `${i}.json`)];
  await writeFile(file, JSON.stringify({ version_info: '1', resources: [routeConfiguration(name)] }));
  listeners.push(listener(name, file));
}
const envoy = await startEnvoy(envoyPath, { node: { id: 'bench', cluster: 'bench' }, static_resources: { listeners } });
try {
  const measure = async (query: string) => {
    const url = envoy.adminUrl + query;
    let bytes = (await (await fetch(url)).text()).length;
    const beforeMs = envoy.cpuMs();
    for (let i = 0; i < asked; i += 1) bytes = (await (await fetch(url)).text()).length;
    return { bytes, eachMs: (envoy.cpuMs() - beforeMs) / asked };
  };
  const whole = await measure(DUMP);
  const versions = await measure(`${DUMP}&mask=version_info,last_updated`);
  const row = ({ bytes, eachMs }: typeof whole) => ({
    bytes,
    'ms of CPU each': Number(eachMs.toFixed(2)),
    [`cores at ${ASKED_PER_SECOND}/s`]: Number(((eachMs * ASKED_PER_SECOND) / 1000).toFixed(4)),
  });
  console.table({ 'the whole': row(whole), 'versions alone': row(versions) });
  console.log(`the whole costs ${(whole.eachMs / versions.eachMs).toFixed(1)} times as much`);
} finally {
  await envoy.stop();
  await removeOwnTree(folder);
}
