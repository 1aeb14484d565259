import { describe, expect, test } from 'vitest';
import { proxyRouteOf, WHOLE_HOST } from './proxy-routes.ts';

const HOST = 'reviews.bookinfo.svc.cluster.local';
const routeWeightsOf = (text: string, host: string) => proxyRouteOf(text, host).weights;
const cluster = (subset: string, host = HOST) => `outbound|9080|${subset}|${host}`;

/** As Envoy 1.3x prints `/config_dump?resource=dynamic_route_configs`, shortened. */
function dump(routesOfReviews: readonly object[]): string {
  const virtualHost = (host: string, routes: readonly object[]) => ({
    name: `${host}:9080`,
    domains: [host, `${host}:9080`, '10.96.1.2'],
    routes,
    include_request_attempt_count: true,
  });
  const routeConfig = (name: string, virtual_hosts: readonly object[]) => ({
    '@type': 'type.googleapis.com/envoy.admin.v3.RoutesConfigDump.DynamicRouteConfig',
    version_info: '2026-01-02T03:04:05Z/7',
    route_config: {
      '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
      name,
      virtual_hosts,
    },
    last_updated: '2026-01-02T03:04:05.678Z',
  });
  const details = 'details.bookinfo.svc.cluster.local';
  return JSON.stringify({
    configs: [
      // a configuration that was warming: no route_config yet
      { version_info: '' },
      routeConfig('80', [
        { name: 'allow_any', domains: ['*'], routes: [{ name: 'allow_any', match: { prefix: '/' } }] },
      ]),
      routeConfig('9080', [
        virtualHost(details, [{ match: { prefix: '/' }, route: { cluster: cluster('', details), timeout: '0s' } }]),
        virtualHost(`other-${HOST}`, [{ match: { prefix: '/' }, route: { cluster: cluster('wrong') } }]),
        virtualHost(HOST, routesOfReviews),
      ]),
    ],
  });
}
const weighted = (weights: Readonly<Record<string, number | undefined>>) => ({
  match: { prefix: '/' },
  route: {
    weighted_clusters: {
      clusters: Object.entries(weights).map(([subset, weight]) => ({ name: cluster(subset), weight })),
      total_weight: 100,
    },
    timeout: '0s',
  },
});

describe('weights', () => {
  test('a split', () => {
    expect(routeWeightsOf(dump([weighted({ 'reviews-v1': 90, 'reviews-v3': 10 })]), HOST)).toEqual({
      'reviews-v1': 90,
      'reviews-v3': 10,
    });
  });
  test('a weight that Envoy leaves out is zero', () => {
    expect(routeWeightsOf(dump([weighted({ 'reviews-v1': 100, 'reviews-v3': undefined })]), HOST)).toEqual({
      'reviews-v1': 100,
      'reviews-v3': 0,
    });
  });
  test('one subset for everything', () => {
    const route = { match: { prefix: '/' }, route: { cluster: cluster('reviews-v1') } };
    expect(routeWeightsOf(dump([route]), HOST)).toEqual({ 'reviews-v1': 100 });
  });
  test('a host without a VirtualService is whole', () => {
    const route = { match: { prefix: '/' }, route: { cluster: cluster('') } };
    expect(routeWeightsOf(dump([route]), HOST)).toEqual({ [WHOLE_HOST]: 100 });
  });
  test('a split between services, and one of them alone', () => {
    const [stable, canary] = ['cart-stable.shop.svc.cluster.local', 'cart-canary.shop.svc.cluster.local'];
    const clusters = [
      { name: cluster('', stable), weight: 90 },
      { name: cluster('', canary), weight: 10 },
    ];
    const split = { match: { prefix: '/' }, route: { weighted_clusters: { clusters } } };
    expect(proxyRouteOf(dump([split]), HOST).services).toEqual({ [stable]: 90, [canary]: 10 });
    const alone = { match: { prefix: '/' }, route: { cluster: cluster('', stable) } };
    expect(proxyRouteOf(dump([alone]), HOST).services).toEqual({ [stable]: 100 });
    expect(proxyRouteOf(dump([weighted({ a: 75, b: 25 })]), HOST)).not.toHaveProperty('services');
  });
  test('routes that go nowhere (redirects) are passed over', () => {
    const redirect = { match: { prefix: '/old' }, redirect: { path_redirect: '/' } };
    expect(routeWeightsOf(dump([redirect, weighted({ a: 50, b: 50 })]), HOST)).toEqual({ a: 50, b: 50 });
  });
  test('a route for testers before the split, or a split of theirs, is not that of everybody', () => {
    const headers = [{ name: 'user', string_match: { exact: 'foo' } }];
    const testers = { match: { prefix: '/', headers }, route: { cluster: cluster('alpha') } };
    expect(routeWeightsOf(dump([testers, weighted({ ga: 80, beta: 20 })]), HOST)).toEqual({ ga: 80, beta: 20 });
    const theirs = { ...weighted({ ga: 50, beta: 50 }), match: { prefix: '/', headers } };
    expect(routeWeightsOf(dump([theirs, weighted({ ga: 80, beta: 20 })]), HOST)).toEqual({ ga: 80, beta: 20 });
    const whole = { match: { prefix: '/' }, route: { cluster: cluster('ga') } };
    expect(routeWeightsOf(dump([testers, whole]), HOST)).toEqual({ ga: 100 });
  });
  test('a host that the proxy does not know', () => {
    expect(routeWeightsOf(dump([]), 'ratings.bookinfo.svc.cluster.local')).toBeUndefined();
    expect(routeWeightsOf('{}', HOST)).toBeUndefined();
  });
});

describe('proxyRouteOf', () => {
  test('the version and the time at which Envoy took it, of the configuration that holds the host', () => {
    expect(proxyRouteOf(dump([weighted({ a: 75, b: 25 })]), HOST)).toEqual({
      weights: { a: 75, b: 25 },
      version: '2026-01-02T03:04:05Z/7',
      updatedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    });
  });
  test('istiod gives its route configurations no version', () => {
    const text = dump([weighted({ a: 75, b: 25 })]).replaceAll('"version_info":"2026-01-02T03:04:05Z/7",', '');
    expect(proxyRouteOf(text, HOST)).toMatchObject({ weights: { a: 75, b: 25 }, version: '' });
  });
  test.each(['no healthy upstream', '{"configs":[{"route_config":{"virtual_hosts":{}}}]}', '{"configs":{}}'])(
    'an answer that is no dump is an error: %s',
    (text) => {
      expect(() => proxyRouteOf(text, HOST)).toThrow();
    },
  );
});

test.each([
  ['9080', 0],
  ['80', 0],
  ['9080', 1],
  ['80', 1],
])(
  'the virtual host that Istio adds on port 80 is not what requests follow (clusters of port %s, dumped %i)',
  (port, turn) => {
    const host = 'reviews.bookinfo.svc.cluster.local';
    const config = (on: string, clusterPort: string, v3: number, updated: string) => ({
      last_updated: updated,
      route_config: {
        name: on,
        virtual_hosts: [
          {
            name: `${host}:${on}`,
            routes: [
              {
                route: {
                  weighted_clusters: {
                    clusters: [
                      { name: `outbound|${clusterPort}|v1|${host}`, weight: 100 - v3 },
                      { name: `outbound|${clusterPort}|v3|${host}`, weight: v3 },
                    ],
                  },
                },
              },
            ],
          },
        ],
      },
    });
    // the proxy refused the new weights on the port in use and took them on the other
    const configs = [
      config('9080', '9080', 10, '2026-01-02T00:00:00Z'),
      config('80', port, 30, '2026-01-02T00:00:09Z'),
    ];
    const dump = JSON.stringify({ configs: turn === 0 ? configs : configs.reverse() });
    expect(proxyRouteOf(dump, host)).toEqual({
      ...{ weights: { v1: 90, v3: 10 }, version: '', updatedMs: Date.UTC(2026, 0, 2) },
    });
  },
);
