import { expect, test } from 'vitest';
import { reviewsRoute } from '../testkit/fakes/fake-scene.ts';
import { routeWeights, splitRouteOf } from './split-route.ts';

test('weights are those of the route that splits, by subset', () => {
  expect(routeWeights(reviewsRoute({ v1: 90, v3: 10 }))).toEqual({ v1: 90, v3: 10 });
});

test.each([
  ['one destination without a weight gets everything', [{ destination: { host: 'a', subset: 'v1' } }], { v1: 100 }],
  ['without a subset the host stands for it', [{ destination: { host: 'a' }, weight: 100 }], { a: 100 }],
  [
    'of several, one without a weight gets nothing',
    [{ destination: { subset: 'v1' }, weight: 100 }, { destination: { subset: 'v3' } }],
    { v1: 100, v3: 0 },
  ],
])('%s', (_, route, expected) => {
  expect(routeWeights({ metadata: { name: 'x' }, spec: { http: [{ route }] } })).toEqual(expected);
});

test('without HTTP routes there are no weights', () => {
  expect(routeWeights({ metadata: { name: 'x' }, spec: { tcp: [] } })).toEqual({});
  expect(routeWeights({ metadata: { name: 'x' } })).toEqual({});
});

const to = (...subsets: readonly string[]) =>
  subsets.map((subset) => ({ destination: { host: 'a', subset }, weight: 100 / subsets.length }));
const match = [{ headers: { user: { exact: 'foo' } } }];

test.each([
  ['behind a route for testers', [{ match, route: to('alpha') }, { route: to('ga', 'beta') }], 1],
  ['behind a redirect', [{ redirect: { uri: '/' } }, { route: to('ga', 'beta') }], 1],
  ['of two that split, the one without a match', [{ match, route: to('ga', 'beta') }, { route: to('ga', 'beta') }], 1],
  ['where none splits, the one without a match', [{ match, route: to('alpha') }, { route: to('ga') }], 1],
  ['where all have a match, the first', [{ match, route: to('ga', 'beta') }], 0],
])('%s', (_, http, index) => {
  expect(splitRouteOf({ metadata: { name: 'x' }, spec: { http } })?.index).toBe(index);
});
