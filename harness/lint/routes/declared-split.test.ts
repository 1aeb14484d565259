import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../errors/harness-error.ts';
import { readDeclaredSplit, type SplitQuery } from './declared-split.ts';

const SPLIT = readFileSync(path.join(import.meta.dirname, '..', 'fixtures', 'valid-split.yaml'), 'utf8');
const CART: SplitQuery = { virtualService: { name: 'cart' } };

function read(text: string, query = CART) {
  return readDeclaredSplit([{ path: 'shop.yaml', text }], query);
}

function refusal(text: string, query = CART): HarnessError {
  try {
    read(text, query);
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const HOST_SPLIT = `apiVersion: v1
kind: Service
metadata: { name: stable }
spec: { selector: { app: cart, version: v1 } }
---
apiVersion: v1
kind: Service
metadata: { name: canary }
spec: { selector: { app: cart, version: v2 } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: cart }
spec:
  hosts: [cart]
  gateways: [edge, mesh]
  http:
    - name: beta-users
      match: [{ headers: { beta: { exact: "yes" } } }]
      route: [{ destination: { host: canary } }]
    - name: everyone
      route:
        - { destination: { host: stable }, weight: 80 }
        - { destination: { host: canary.shop.svc.cluster.local }, weight: 20 }
`;

describe('readDeclaredSplit', () => {
  it('takes weights of any sum as proportions, as Istio does', () => {
    const { arms } = read(SPLIT.replace('weight: 90', 'weight: 1').replace('weight: 10\n', 'weight: 3\n'));
    expect(arms.map(({ weight, share }) => [weight, share])).toEqual([
      [1, 0.25],
      [3, 0.75],
    ]);
  });

  it('names arms after the version label that each subset selects', () => {
    expect(read(SPLIT, { ...CART, namespace: 'shop' })).toEqual({
      virtualService: { name: 'cart', namespace: 'shop' },
      host: 'cart',
      gateways: ['mesh'],
      arms: [
        { subset: 'stable', host: 'cart', labels: { version: 'v1' }, version: 'v1', weight: 90, share: 0.9 },
        { subset: 'canary', host: 'cart', labels: { version: 'v2' }, version: 'v2', weight: 10, share: 0.1 },
      ],
      file: 'shop.yaml',
      line: 40,
    });
  });

  it('reads a split between hosts, beside routes that split nothing', () => {
    expect(read(HOST_SPLIT, { ...CART, namespace: 'shop' })).toMatchObject({
      gateways: ['edge', 'mesh'],
      arms: [
        { subset: undefined, host: 'stable', version: 'v1', weight: 80 },
        { subset: undefined, host: 'canary.shop.svc.cluster.local', version: 'v2', weight: 20, share: 0.2 },
      ],
    });
  });

  it('takes a lone destination as all of the traffic', () => {
    const lone = HOST_SPLIT.replace(/ {4}- name: everyone[\s\S]*$/, '');
    expect(read(lone).arms).toMatchObject([{ host: 'canary', version: 'v2', weight: 100, share: 1 }]);
  });

  it('reads objects as a cluster returns them', () => {
    const asJson = JSON.stringify({
      kind: 'List',
      apiVersion: 'v1',
      items: [
        {
          apiVersion: 'networking.istio.io/v1',
          kind: 'DestinationRule',
          metadata: { name: 'c', namespace: 'a' },
          spec: { host: 'cart', subsets: [{ name: 's', labels: { version: 'v9' } }] },
        },
        {
          apiVersion: 'networking.istio.io/v1',
          kind: 'VirtualService',
          metadata: { name: 'cart', namespace: 'a' },
          spec: { hosts: ['cart'], http: [{ route: [{ destination: { host: 'cart', subset: 's' } }] }] },
        },
      ],
    });
    expect(read(asJson, { virtualService: { name: 'cart', namespace: 'a' } }).arms).toMatchObject([
      { version: 'v9', weight: 100 },
    ]);
  });

  describe('without a label version', () => {
    const UNLABELLED = HOST_SPLIT.replace('version: v1', 'track: stable').replace('version: v2', 'track: canary');
    const deployment = (name: string, track: string, image: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  template:
    metadata: { labels: { app: cart, track: ${track} } }
    spec: { containers: [{ name: cart, image: "${image}" }] }
`;
    const read2 = (...deployments: readonly string[]) =>
      read(UNLABELLED + deployments.join(''), { ...CART, namespace: 'shop' }).arms.map(({ version }) => version);
    const stable = deployment('stable', 'stable', 'registry.example.com:5000/cart:2.1');

    it('arms are named after the tag of the image that they run', () => {
      expect(read2(stable, deployment('canary', 'canary', 'registry.example.com:5000/cart:2.2'))).toEqual([
        '2.1',
        '2.2',
      ]);
    });

    it.each([
      ['no workload is selected', '', 'SPLIT_VERSION_MISSING'],
      [
        'the image has no tag',
        deployment('canary', 'canary', 'registry.example.com:5000/cart'),
        'SPLIT_VERSION_MISSING',
      ],
      [
        'two are selected',
        deployment('a', 'canary', 'c:1') + deployment('b', 'canary', 'c:2'),
        'SPLIT_VERSION_MISSING',
      ],
      [
        'both run the same',
        deployment('canary', 'canary', 'registry.example.com:5000/cart:2.1'),
        'SPLIT_VERSION_REPEATED',
      ],
    ])('it is refused where %s', (_, others, code) => {
      expect(refusal(UNLABELLED + stable + others, { ...CART, namespace: 'shop' })).toMatchObject({ code });
    });
  });

  it.each([
    ['SPLIT_VIRTUAL_SERVICE_MISSING', SPLIT, { virtualService: { name: 'basket' } }, undefined],
    [
      'SPLIT_VIRTUAL_SERVICE_MISSING',
      SPLIT.replaceAll('{ name: cart }', '{ name: cart, namespace: shop }'),
      { virtualService: { name: 'cart', namespace: 'web' } },
      undefined,
    ],
    [
      'SPLIT_AMBIGUOUS',
      `${SPLIT}---\n${SPLIT.slice(SPLIT.lastIndexOf('---\n') + 4).replace('{ name: cart }', '{ name: cart, namespace: web }')}`,
      CART,
      'shop.yaml:45:1',
    ],
    ['SPLIT_AMBIGUOUS', `${SPLIT}${SPLIT.slice(SPLIT.indexOf('    - route:'))}`, CART, 'shop.yaml:45:9'],
    ['SPLIT_ROUTE_MISSING', SPLIT.replace(/ {2}http:[\s\S]*$/, '  http: []\n'), CART, 'shop.yaml:37:3'],
    ['SPLIT_WEIGHTS', SPLIT.replace('weight: 10\n', 'weight: 5\n'), { ...CART, isInPercent: true }, 'shop.yaml:40:9'],
    [
      'SPLIT_WEIGHTS',
      SPLIT.replace('weight: 90', 'weight: 0').replace('weight: 10\n', 'weight: 0\n'),
      CART,
      'shop.yaml:40:9',
    ],
    [
      'SPLIT_WEIGHTS',
      SPLIT.replace('weight: 90', 'weight: 99.5').replace('weight: 10\n', 'weight: 0.5\n'),
      CART,
      'shop.yaml:40:9',
    ],
    ['SPLIT_SUBSET_MISSING', SPLIT.replace('subset: canary', 'subset: canari'), CART, 'shop.yaml:42:46'],
    [
      'SPLIT_VERSION_MISSING',
      SPLIT.replace('labels: { version: v2 } }', 'labels: { track: canary } }'),
      CART,
      'shop.yaml:42:11',
    ],
    [
      'SPLIT_VERSION_MISSING',
      HOST_SPLIT.replace('version: v1', 'track: stable'),
      { ...CART, namespace: 'shop' },
      'shop.yaml:23:11',
    ],
    [
      'SPLIT_VERSION_REPEATED',
      SPLIT.replace('labels: { version: v2 } }', 'labels: { version: v1 } }'),
      CART,
      'shop.yaml:40:9',
    ],
    ['MANIFEST_YAML_SYNTAX', `${SPLIT}  broken: [\n`, CART, expect.stringMatching(/^shop\.yaml:4\d:\d+$/)],
  ])('refuses with %s', (code, text, query, where) => {
    expect(refusal(text, query)).toMatchObject({ code, where, exitCode: 2 });
  });

  it('is blamed on whoever names a VirtualService that is not there', () => {
    const askedAt = 'profile.yaml (shop/split)';
    expect(refusal(SPLIT, { virtualService: { name: 'basket' }, askedAt })).toMatchObject({
      code: 'SPLIT_VIRTUAL_SERVICE_MISSING',
      where: askedAt,
    });
  });

  it('says which there are instead', () => {
    expect(refusal(SPLIT, { virtualService: { name: 'basket' }, namespace: 'shop' }).hint).toBe(
      'Found: VirtualService shop/cart.',
    );
    expect(refusal(SPLIT, { virtualService: { name: 'crat' }, namespace: 'shop' }).hint).toBe(
      'Found: VirtualService shop/cart. Did you mean cart?',
    );
    expect(refusal('kind: x', CART).hint).toBe('No VirtualService was found at all.');
    expect(refusal(SPLIT.replace('subset: canary', 'subset: x')).hint).toBe('Defined: stable, canary.');
  });
});
