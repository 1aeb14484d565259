import { expect, test } from 'vitest';
import { declaredArms } from './declared-arms.ts';

const to = (host: string, subset?: string, weight?: number) => ({
  destination: { host, ...(subset === undefined ? {} : { subset }) },
  ...(weight === undefined ? {} : { weight }),
});
const arms = (http: unknown) => declaredArms({ hosts: ['reviews'], http }, 'here');

test('subsets and their weights', () => {
  expect(arms([{ route: [to('reviews', 'v1', 90), to('reviews', 'v3', 10)] }])).toEqual([
    { name: 'v1', share: 0.9 },
    { name: 'v3', share: 0.1 },
  ]);
});

test('hosts where there are no subsets, by their first label', () => {
  const route = [to('reviews-stable.shop.svc.cluster.local', undefined, 75), to('reviews-canary', undefined, 25)];
  expect(arms([{ route }]).map(({ name }) => name)).toEqual(['reviews-stable', 'reviews-canary']);
});

test('a single destination gets everything', () => {
  expect(arms([{ route: [to('reviews', 'v1')] }])).toEqual([{ name: 'v1', share: 1 }]);
});

test('the route that splits is meant, beside one that does not', () => {
  const http = [
    { match: [{ headers: {} }], route: [to('reviews', 'v2')] },
    { route: [to('reviews', 'v1', 50), to('reviews', 'v2', 50)] },
  ];
  expect(arms(http)).toHaveLength(2);
});

test.each([
  ['no HTTP route', undefined, 'VIRTUAL_SERVICE_NO_SPLIT'],
  ['only a redirect', [{ redirect: {} }], 'VIRTUAL_SERVICE_NO_SPLIT'],
  ['weights that do not sum to 100', [{ route: [to('a', 'v1', 90), to('a', 'v2', 20)] }], 'VIRTUAL_SERVICE_WEIGHTS'],
  ['a subset twice', [{ route: [to('a', 'v1', 50), to('a', 'v1', 50)] }], 'VIRTUAL_SERVICE_WEIGHTS'],
  [
    'two routes that split',
    [{ route: [to('a', 'v1', 90), to('a', 'v2', 10)] }, { route: [to('a', 'v1', 50), to('a', 'v2', 50)] }],
    'VIRTUAL_SERVICE_AMBIGUOUS',
  ],
])('%s is refused', (_, http, code) => {
  expect(() => arms(http)).toThrow(expect.objectContaining({ code, exitCode: 2, where: 'here' }));
});
