import { expect, test } from 'vitest';
import { rejectionsOf } from './sync-status.ts';

const status = (proxy: string, resources: Record<string, { lastError?: string }>) => ({ proxy, resources });
const RDS = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';

test('only what a proxy refused, with short names and its own words', () => {
  const text = JSON.stringify([
    status('productpage-v1-abc.bookinfo', { [RDS]: { lastError: ':-prefixed headers' }, 'x.y.Listener': {} }),
    status('details-v1-abc.bookinfo', { [RDS]: {} }),
    status('odd.name.with.dots.shop', { 'a.b.ClusterLoadAssignment': { lastError: 'e' }, 'a.Odd': { lastError: 'o' } }),
  ]);
  expect(rejectionsOf(text)).toEqual([
    { proxy: 'bookinfo/productpage-v1-abc', type: 'RDS', text: ':-prefixed headers' },
    { proxy: 'shop/odd.name.with.dots', type: 'EDS', text: 'e' },
    { proxy: 'shop/odd.name.with.dots', type: 'Odd', text: 'o' },
  ]);
});

test('an istiod without proxies says null; an empty text of an error is none', () => {
  expect(rejectionsOf('null')).toEqual([]);
  expect(rejectionsOf(JSON.stringify([status('a.b', { [RDS]: { lastError: '' } }), {}]))).toEqual([]);
});

test('an answer that was cut off is an error and not an empty list', () => {
  expect(() => rejectionsOf('[{"proxy":"a.b"')).toThrow(SyntaxError);
});
