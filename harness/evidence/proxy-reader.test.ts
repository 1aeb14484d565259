/** The reader's own process against an admin interface of a test. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { runReader } from './proxy-reader.ts';
import type { ReaderLine } from './reader-lines.ts';

const HOST = 'reviews.shop.svc.cluster.local';

function dump(version: string, weight: number): string {
  const clusters = [
    { name: `outbound|9080|v1|${HOST}`, weight: 100 - weight },
    { name: `outbound|9080|v3|${HOST}`, weight },
  ];
  const routes = [{ match: { prefix: '/' }, route: { weighted_clusters: { clusters } } }];
  const route_config = { name: '9080', virtual_hosts: [{ name: `${HOST}:9080`, routes }] };
  return JSON.stringify({ configs: [{ version_info: version, last_updated: '2026-11-30T01:00:00Z', route_config }] });
}

test('of a proxy’s routes the whole is asked for only when their versions change', { timeout: 30_000 }, async () => {
  let [version, weight] = ['1', 10];
  const asked = { whole: 0, versions: 0 };
  const admin = createServer(({ url = '' }, response) => {
    const isMasked = url.includes('mask=');
    asked[isMasked ? 'versions' : 'whole'] += 1;
    response.end(isMasked ? JSON.stringify({ configs: [{ version_info: version }] }) : dump(version, weight));
  });
  await new Promise<void>((resolve) => admin.listen(0, '127.0.0.1', resolve));
  const { port } = admin.address() as AddressInfo;
  const over = new AbortController();
  const told: (ReaderLine & { readonly kind: 'route' })[] = [];
  const ended = runReader(
    [],
    {
      routesUrl: `http://127.0.0.1:${port}/config_dump?resource=dynamic_route_configs`,
      hosts: [HOST],
      ...{ routesEveryMs: 10, countersEveryMs: 1_000 },
    },
    (line) => {
      if (line.kind === 'route') told.push(line);
    },
    over.signal,
  );
  try {
    await vi.waitFor(() => expect(asked.versions).toBeGreaterThan(5), 20_000);
    expect([asked.whole, told.map(({ route }) => route.weights)]).toEqual([1, [{ v1: 90, v3: 10 }]]);
    [version, weight] = ['2', 25];
    await vi.waitFor(() => expect(told).toHaveLength(2), 20_000);
    // a push of the same weights: read, and not told
    version = '3';
    await vi.waitFor(() => expect(asked.whole).toBe(3), 20_000);
  } finally {
    over.abort();
    await ended;
    admin.closeAllConnections();
    await new Promise((resolve) => admin.close(resolve));
  }
  expect(told[1]).toMatchObject({ route: { weights: { v1: 75, v3: 25 }, version: '2' }, since: expect.any(Number) });
  expect(told[1]!.since).toBeLessThanOrEqual(told[1]!.at);
});
