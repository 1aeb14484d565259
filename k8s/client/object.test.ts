import { expect, test } from 'vitest';
import { collectionPath, itemPath, objectName } from './object.ts';

test.each([
  [{ apiVersion: 'v1', resource: 'pods', namespace: 'shop' }, '/api/v1/namespaces/shop/pods'],
  [{ apiVersion: 'v1', resource: 'namespaces' }, '/api/v1/namespaces'],
  [
    { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', namespace: 'a/b' },
    '/apis/networking.istio.io/v1/namespaces/a%2Fb/virtualservices',
  ],
])('path of %o', (collection, expected) => {
  expect(collectionPath(collection)).toBe(expected);
  expect(itemPath(collection, 'x?y')).toBe(`${expected}/x%3Fy`);
});

test('names for messages', () => {
  expect(objectName({ kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } })).toBe('Deployment shop/web');
  expect(objectName({ kind: 'Namespace', metadata: { name: 'shop' } })).toBe('Namespace shop');
  expect(objectName({ metadata: { name: 'x' } })).toBe('object x');
});
