/** The counters of a real Envoy that tries again: one completed request each, whatever number of attempts it took. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { programFrom } from '../bench/child-program.ts';
import { loopback, startEnvoy } from '../bench/envoy-process.ts';
import { COUNTER_FILTER, proxyCountersOf } from './proxy-counters.ts';

const HOST = 'reviews.shop.svc.cluster.local';
const CLUSTER = `outbound|9080|v3|${HOST}`;
const TYPE = 'type.googleapis.com/envoy.extensions.filters';

function config(upstreamPort: number) {
  const route = {
    ...{ cluster: CLUSTER },
    retry_policy: { retry_on: '5xx', num_retries: 3, retry_back_off: { base_interval: '0.001s' } },
  };
  const manager = {
    ...{ '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`, stat_prefix: 'test' },
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }] },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': `${TYPE}.http.router.v3.Router` } }],
  };
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }];
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: loopback(upstreamPort) } }] }];
  return {
    static_resources: {
      listeners: [{ address: loopback(0), filter_chains: [{ filters }] }],
      clusters: [{ name: CLUSTER, type: 'STATIC', load_assignment: { cluster_name: CLUSTER, endpoints } }],
    },
  };
}

test('attempts that were made again are a book of their own', async () => {
  let attempts = 0;
  // every third attempt succeeds
  const upstream = createServer((_, response) => {
    attempts += 1;
    response.writeHead(attempts % 3 === 0 ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const envoyPath = await programFrom('CANARYPROOF_ENVOY', 'envoy');
  const envoy = await startEnvoy(envoyPath, config((upstream.address() as AddressInfo).port));
  try {
    for (let i = 0; i < 20; i += 1) {
      const { status } = await fetch(`http://127.0.0.1:${envoy.port}/`);
      expect(status).toBe(200);
    }
    expect(attempts).toBe(60);
    const { stats } = (await envoy.ask(`/stats?format=json&filter=${encodeURIComponent(COUNTER_FILTER)}`)) as {
      stats: readonly { name?: string; value?: number }[];
    };
    const text = stats.map(({ name, value }) => `${name}: ${value}`).join('\n');
    expect(proxyCountersOf(text, HOST)).toEqual({ counts: { v3: 20 }, retried: { v3: 40 } });
  } finally {
    await envoy.stop();
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
  }
});
