import { describe, expect, test } from 'vitest';
import { lintManifests } from '../lint-manifests.ts';

const rule = (policy: string, more = '') => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: stock }
spec:
  host: stock
  trafficPolicy: { ${policy} }
  ${more}
`;
const route = (http: string, bound = 'hosts: [stock]') => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: stock }
spec: { ${bound}, http: [${http}] }
`;
const SUBSETS = 'subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]';
const to = (first: string, second: string) =>
  `route: [{ destination: { ${first} }, weight: 90 }, { destination: { ${second} }, weight: 10 }]`;
const VERSIONS = to('host: stock, subset: v1', 'host: stock, subset: v2');

function found(...documents: readonly string[]) {
  const text = documents.join('---\n');
  return lintManifests([{ path: 'shop.yaml', text }], { namespace: 'shop' }).filter(({ code }) =>
    ['HASH_NOT_ACROSS_SPLIT', 'DESTINATION_RULE_BYPASSED'].includes(code),
  );
}

describe('a hash over what tells users apart', () => {
  const hash = (by: string) => rule(`loadBalancer: { consistentHash: { ${by} } }`, SUBSETS);

  test('does not keep them at a version that is drawn by weight', () => {
    expect(found(hash('httpHeaderName: x-user'), route(`{ ${VERSIONS} }`))).toMatchObject([
      {
        code: 'HASH_NOT_ACROSS_SPLIT',
        severity: 'warning',
        where: expect.stringMatching(/^shop\.yaml:7:/) as unknown,
        sentence:
          'DestinationRule shop/stock keeps a user at one pod by the header x-user, and not at one version: VirtualService shop/stock draws the version by weight, afresh for each request',
      },
    ]);
    const cookie = hash('httpCookie: { name: user, ttl: 60s }');
    expect(found(cookie, route(`{ ${VERSIONS} }`))[0]?.sentence).toContain('by the cookie user');
  });

  test('is not doubted where one version gets everything, a route keeps users, or an address is hashed', () => {
    const whole = VERSIONS.replace('weight: 90', 'weight: 100').replace('weight: 10 ', 'weight: 0 ');
    const kept = `{ match: [{ headers: { x-user: { prefix: b } } }], route: [{ destination: { host: stock, subset: v2 } }] }, { ${VERSIONS} }`;
    expect(found(hash('httpHeaderName: x-user'), route(`{ ${whole} }`))).toEqual([]);
    expect(found(hash('httpHeaderName: x-user'), route(kept))).toEqual([]);
    expect(found(hash('useSourceIp: true'), route(`{ ${VERSIONS} }`))).toEqual([]);
  });

  test('is doubted where a Rollout moves the weights, whatever they say in Git', () => {
    const whole = VERSIONS.replace('weight: 90', 'weight: 100').replace('weight: 10 ', 'weight: 0 ');
    const rollout = `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: stock }
spec:
  strategy:
    canary:
      trafficRouting: { istio: { virtualService: { name: stock } } }
      steps: [{ setWeight: 10 }, { pause: {} }]
`;
    expect(found(hash('httpHeaderName: x-user'), route(`{ ${whole} }`), rollout)).toMatchObject([
      { code: 'HASH_NOT_ACROSS_SPLIT' },
    ]);
  });
});

describe('a policy for a host', () => {
  const pool = rule('connectionPool: { tcp: { maxConnections: 100 } }, outlierDetection: {}');
  const ELSEWHERE = to('host: stock-stable', 'host: stock-canary');

  test('holds for nobody where every route leads elsewhere', () => {
    expect(found(pool, route(`{ ${ELSEWHERE} }`, 'hosts: [stock], gateways: [edge, mesh]'))).toMatchObject([
      {
        code: 'DESTINATION_RULE_BYPASSED',
        severity: 'warning',
        where: expect.stringMatching(/^shop\.yaml:6:/) as unknown,
        sentence:
          'DestinationRule shop/stock is for stock, to which no route leads: VirtualService shop/stock sends its requests to stock-stable, stock-canary, so connectionPool, outlierDetection of the rule hold for nobody',
      },
    ]);
  });

  test.each([
    ['some requests are left to the host', `{ match: [{ uri: { prefix: /a } }], ${ELSEWHERE} }`, 'hosts: [stock]'],
    ['a route leads there', `{ ${to('host: stock', 'host: stock-canary')} }`, 'hosts: [stock]'],
    ['a mirror leads there', `{ ${ELSEWHERE}, mirror: { host: stock } }`, 'hosts: [stock]'],
    ['the route is for the edge alone', `{ ${ELSEWHERE} }`, 'hosts: [stock], gateways: [edge]'],
    ['the route is for another host', `{ ${ELSEWHERE} }`, 'hosts: [orders]'],
  ])('may hold where %s', (_, http, bound) => {
    expect(found(pool, route(http, bound))).toEqual([]);
  });

  test('may hold where a route of another VirtualService leads there', () => {
    const other = route('{ route: [{ destination: { host: stock } }] }', 'hosts: [orders]');
    expect(found(pool, route(`{ ${ELSEWHERE} }`), other.replace('name: stock', 'name: orders'))).toEqual([]);
  });
});
