import { describe, expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { routeFindings } from './route-rules.ts';

const object = (
  kind: string,
  name: string,
  spec: string,
  namespace = 'shop',
  group = 'networking.istio.io/v1',
): string =>
  `apiVersion: ${group}
kind: ${kind}
metadata: { name: ${name}, namespace: ${namespace} }
spec: ${spec}
`;
const service = (name: string) => object('Service', name, `{ selector: { app: ${name} } }`, 'shop', 'v1');
const routes = (name: string, spec: string, namespace?: string) =>
  object('VirtualService', name, `{ ${spec} }`, namespace);
const TO_SHOP = 'http: [{ route: [{ destination: { host: shop } }] }]';

function judged(
  objects: readonly string[],
  options: { others?: readonly string[]; twins?: 'error' | 'warning' } = {},
): string[] {
  const parse = (texts: readonly string[]) => parseManifestSet([{ path: 'a.yaml', text: texts.join('---\n') }]);
  const set = parse(objects);
  const all =
    options.others === undefined ? set : { ...set, others: [...set.objects, ...parse(options.others).objects] };
  return routeFindings(all, options.twins ?? 'error').map(({ severity, code }) => `${severity} ${code}`);
}

describe('two VirtualServices for one host', () => {
  const short = routes('one', `hosts: [shop], ${TO_SHOP}`);
  test.each([
    ['in the mesh, in two spellings', routes('two', `hosts: [shop.shop.svc.cluster.local], ${TO_SHOP}`), true],
    ['in the mesh beside a gateway', routes('two', `hosts: [shop], gateways: [edge, mesh], ${TO_SHOP}`), true],
    ['one at a gateway alone', routes('two', `hosts: [shop], gateways: [edge], ${TO_SHOP}`), false],
    ['of two namespaces', routes('two', `hosts: [shop], ${TO_SHOP}`, 'web'), false],
    [
      'seen in its own namespace alone',
      routes('two', `hosts: [shop.shop.svc], exportTo: ["."], ${TO_SHOP}`, 'web'),
      false,
    ],
    ['of other protocols', routes('two', 'hosts: [shop], tcp: [{ route: [{ destination: { host: shop } }] }]'), false],
  ])('%s', (_what, other, isFound) => {
    expect(judged([short, other]).filter((one) => one.includes('HOST_TWICE'))).toEqual(
      isFound ? ['error VIRTUAL_SERVICE_HOST_TWICE'] : [],
    );
  });
  test('at one gateway are merged, unless both take everything', () => {
    const at = (name: string, match: string) =>
      routes(
        name,
        `hosts: [a.example.com], gateways: [edge], http: [{ ${match}route: [{ destination: { host: shop } }] }]`,
      );
    expect(judged([at('one', ''), at('two', '')])).toEqual(['error VIRTUAL_SERVICE_HOST_TWICE']);
    expect(judged([at('one', ''), at('two', '')], { twins: 'warning' })).toEqual([
      'warning VIRTUAL_SERVICE_HOST_TWICE',
    ]);
    expect(judged([at('one', ''), at('two', 'match: [{ uri: { prefix: /b } }], ')])).toEqual([]);
  });
  test('one Rollout that moves both splits them alike: no error', () => {
    const both = ['one', 'two'].map((name) => routes(name, `hosts: [shop], ${TO_SHOP}`));
    const moves = (names: readonly string[]) =>
      `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: shop, namespace: shop }\nspec: { strategy: { canary: { trafficRouting: { istio: { virtualServices: [${names.map((name) => `{ name: ${name} }`).join(', ')}] } } } } }\n`;
    const twice = (names: readonly string[]) =>
      judged([...both, moves(names)]).filter((one) => one.includes('HOST_TWICE'));
    expect(twice(['one', 'two'])).toEqual(['warning VIRTUAL_SERVICE_HOST_TWICE']);
    expect(twice(['one'])).toEqual(['error VIRTUAL_SERVICE_HOST_TWICE']);
  });
  test('the host * is for gateways alone', () => {
    expect(judged([routes('one', `hosts: ["*"], ${TO_SHOP}`)])).toEqual(['error VIRTUAL_SERVICE_WILDCARD_IN_MESH']);
    expect(judged([routes('one', `hosts: ["*"], gateways: [edge], ${TO_SHOP}`)])).toEqual([]);
  });
});

describe('delegates', () => {
  const root = routes('root', 'hosts: [a.example.com], gateways: [edge], http: [{ delegate: { name: inner } }]');
  test.each([
    ['one that is there', [routes('inner', TO_SHOP)], []],
    ['none', [], ['error DELEGATE_MISSING']],
    [
      'one of another namespace',
      [routes('inner', TO_SHOP, 'web')],
      ['warning DELEGATE_MISSING', 'warning VIRTUAL_SERVICE_WITHOUT_HOSTS'],
    ],
    ['one with hosts of its own', [routes('inner', `hosts: [b.example.com], ${TO_SHOP}`)], ['error DELEGATE_INVALID']],
    [
      'one that names gateways',
      [routes('inner', `gateways: [edge], ${TO_SHOP}`)],
      ['error VIRTUAL_SERVICE_WITHOUT_HOSTS'],
    ],
  ])('%s', (_what, others, expected) => {
    expect(judged([root, ...others])).toEqual(expected);
  });
  test('one that delegates further, and one beside a route of the root, which Istio refuses', () => {
    const further = routes('inner', 'http: [{ delegate: { name: last } }]');
    expect(judged([root, further, routes('last', TO_SHOP)])).toEqual(['error DELEGATE_NESTED']);
    const beside = root.replace('{ delegate:', '{ route: [{ destination: { host: shop } }], delegate:');
    expect(judged([beside, routes('inner', TO_SHOP)])).toContain('error DELEGATE_BESIDE_ROUTE');
  });
  test('one that another unit brings, and one that another unit hands over to', () => {
    const inner = routes('inner', TO_SHOP);
    expect(judged([root], { others: [inner] })).not.toContain('error DELEGATE_MISSING');
    const unplaced = routes('inner', `hosts: [b.example.com], ${TO_SHOP}`).replace(', namespace: shop', '');
    expect(judged([root], { others: [unplaced, inner] })).toEqual(['info GATEWAY_MISSING']);
    expect(judged([inner], { others: [root] })).toEqual([]);
    expect(judged([inner], { others: [] })).toEqual(['warning VIRTUAL_SERVICE_WITHOUT_HOSTS']);
  });
});

describe('mirrors', () => {
  const rule = object('DestinationRule', 'shop', '{ host: shop, subsets: [{ name: v1, labels: { version: v1 } }] }');
  const mirrored = (mirror: string) =>
    routes('shop', `hosts: [shop], http: [{ route: [{ destination: { host: shop } }], ${mirror} }]`);
  test.each([
    ['mirror: { host: shop, subset: v1 }', []],
    ['mirror: { host: shop, subset: v2 }', ['error MIRROR_SUBSET_MISSING']],
    ['mirror: { host: shadow }', ['error MIRROR_HOST_WITHOUT_SERVICE']],
    [
      'mirrors: [{ destination: { host: shop, subset: v1 } }, { destination: { host: shop, subset: v2 } }]',
      ['error MIRROR_SUBSET_MISSING'],
    ],
    ['mirror: { host: other.example.com }', []],
  ])('%s', (mirror, expected) => {
    expect(judged([service('shop'), rule, mirrored(mirror)])).toEqual(expected);
  });
});

describe('DestinationRules', () => {
  const rule = (name: string, subset: string, rest = '', namespace?: string) =>
    object(
      'DestinationRule',
      name,
      `{ host: shop.shop.svc.cluster.local, subsets: [{ name: v1, labels: ${subset} }]${rest} }`,
      namespace,
    );
  test.each([
    [
      'in the namespace of a caller',
      [rule('a', '{ version: v1 }', '', 'web')],
      ['warning DESTINATION_RULE_OTHER_NAMESPACE'],
    ],
    ['in that of the Service', [rule('a', '{ version: v1 }')], []],
    ['in that of the mesh', [rule('a', '{ version: v1 }', '', 'istio-system')], []],
    [
      'both',
      [rule('a', '{ version: v1 }'), rule('b', '{ version: v1 }', '', 'web')],
      ['warning DESTINATION_RULE_HOST_TWICE'],
    ],
    [
      'two with one subset in two meanings',
      [rule('a', '{ version: v1 }'), rule('b', '{ version: v2 }')],
      ['warning DESTINATION_RULE_HOST_TWICE'],
    ],
    ['two that say the same', [rule('a', '{ version: v1 }'), rule('b', '{ version: v1 }')], []],
    [
      'two with policies',
      [rule('a', '{ v: a }', ', trafficPolicy: { tls: {} }'), rule('b', '{ v: a }', ', trafficPolicy: { tls: {} }')],
      ['warning DESTINATION_RULE_HOST_TWICE'],
    ],
  ])('%s', (_what, objects, expected) => {
    expect(judged(objects)).toEqual(expected);
  });
});

describe('gateways', () => {
  const edge = (hosts: string, selector = '{ istio: ingressgateway }') =>
    object('Gateway', 'edge', `{ selector: ${selector}, servers: [{ hosts: ${hosts} }] }`);
  const bound = (gateway: string, more = '') =>
    routes('shop', `hosts: [a.example.com], gateways: [${gateway}], ${more}${TO_SHOP}`);
  test.each([
    ['the one beside it', [edge('["*"]'), bound('edge')], []],
    ['by its namespace', [edge('["*.example.com"]'), bound('shop/edge')], []],
    ['of another namespace', [edge('["*"]'), bound('web/edge')], ['warning GATEWAY_MISSING']],
    ['of another name', [edge('["*"]'), bound('door')], ['warning GATEWAY_MISSING']],
    ['that does not open the host', [edge('[b.example.com]'), bound('edge')], ['warning GATEWAY_HOST_NOT_OPEN']],
    [
      'that opens it for another namespace',
      [edge('[web/a.example.com]'), bound('edge')],
      ['warning GATEWAY_HOST_NOT_OPEN'],
    ],
    [
      'whose selector no pod can fit',
      [edge('["*"]', '{ istio: istio-system/own }')],
      ['error GATEWAY_SELECTOR_UNKNOWN'],
    ],
    ['whose selector is a placeholder', [edge('["*"]', '{ istio: "<gate>" }')], ['info GATEWAY_SELECTOR_UNKNOWN']],
    ['whose selector is no default one', [edge('["*"]', '{ istio: own }')], ['info GATEWAY_SELECTOR_UNKNOWN']],
    [
      'whose selector misses the gateway of the repository',
      [
        edge('["*"]', '{ istio: own }'),
        object(
          'Deployment',
          'gate',
          '{ template: { metadata: { labels: { istio: gate } }, spec: { containers: [{ name: istio-proxy, image: auto }] } } }',
          'shop',
          'apps/v1',
        ),
      ],
      ['warning GATEWAY_SELECTOR_UNKNOWN'],
    ],
    [
      'a match at one that it is not bound to',
      [
        edge('["*"]'),
        routes(
          'shop',
          'hosts: [a.example.com], gateways: [edge], http: [{ match: [{ gateways: [mesh] }], route: [{ destination: { host: shop } }] }]',
        ),
      ],
      ['warning MATCH_GATEWAY_NOT_BOUND'],
    ],
  ])('%s', (_what, objects, expected) => {
    expect(judged(objects)).toEqual(expected);
  });
  test('one that nobody in a repository knows may come from another', () => {
    expect(judged([bound('edge')], { others: [] })).toEqual(['info GATEWAY_MISSING']);
    expect(judged([bound('edge')])).toEqual([]);
  });
});

test('a host in the mesh that is no Service', () => {
  expect(judged([service('shop'), routes('a', `hosts: [shopp], ${TO_SHOP}`)])).toEqual([
    'warning VIRTUAL_SERVICE_HOST_WITHOUT_SERVICE',
  ]);
  expect(judged([service('shop'), routes('a', `hosts: [shop, a.example.com], ${TO_SHOP}`)])).toEqual([]);
  expect(judged([routes('a', `hosts: [shopp], ${TO_SHOP}`)])).toEqual([]);
  expect(
    judged([
      service('shop'),
      routes('a', `hosts: [bank], ${TO_SHOP}`),
      object('ServiceEntry', 'bank', '{ hosts: [bank] }'),
    ]),
  ).toEqual([]);
});
