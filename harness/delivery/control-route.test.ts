import { expect, test } from 'vitest';
import { createFakeScene, fakeCluster, ROUTES } from '../testkit/fakes/fake-scene.ts';
import { openControlRoute } from './control-route.ts';

const GATEWAYS = { ...ROUTES, resource: 'gateways' };
const gateway = {
  metadata: { name: 'bookinfo-gateway', namespace: 'bookinfo' },
  spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 8080 }, hosts: ['*'] }] },
};
const reachable = () => createFakeScene({ cluster: fakeCluster({ ingressUrl: 'http://127.0.0.1:1' }) });

test('leads through the programs of the profile’s own Gateway, in a namespace of ours, and goes whole', async () => {
  const scene = await reachable();
  scene.client.put(GATEWAYS, gateway);
  {
    await using route = await openControlRoute(scene);
    expect(route?.host).toBe('control.canaryproof.test');
  }
  const made = scene.client.applied.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
  expect(made).toEqual([
    'Namespace /canaryproof-control',
    'Gateway canaryproof-control/control',
    'VirtualService canaryproof-control/control',
  ]);
  expect(scene.client.applied[1]?.spec).toMatchObject({
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 8080 }, hosts: ['control.canaryproof.test'] }],
  });
  expect(scene.client.writes.at(-1)).toBe('delete /api/v1/namespaces/canaryproof-control');
});

test('leads through a Gateway elsewhere that a route of the profile is bound to', async () => {
  const scene = await reachable();
  const elsewhere = (protocol: string) => ({
    metadata: { name: 'public', namespace: 'istio-system' },
    spec: { ...gateway.spec, servers: [{ port: { number: 8080, protocol }, hosts: ['*'] }] },
  });
  scene.client.put({ ...GATEWAYS, namespace: 'istio-system' }, elsewhere('HTTP'));
  expect(await openControlRoute(scene)).toBeUndefined();
  scene.client.put(
    { ...ROUTES, resource: 'virtualservices' },
    { metadata: { name: 'reviews', namespace: 'bookinfo' }, spec: { gateways: ['mesh', 'istio-system/public'] } },
  );
  {
    await using route = await openControlRoute(scene);
    expect(route).toBeDefined();
  }
  // plain HTTP on a port that others may use for TLS would be tried out on them
  scene.client.put({ ...GATEWAYS, namespace: 'istio-system' }, elsewhere('HTTPS'));
  expect(await openControlRoute(scene)).toBeUndefined();
});

test('makes nothing where no Gateway says which programs to ask, or nothing reaches them', async () => {
  const without = await reachable();
  expect(await openControlRoute(without)).toBeUndefined();
  const unreachable = await createFakeScene();
  unreachable.client.put(GATEWAYS, gateway);
  expect(await openControlRoute(unreachable)).toBeUndefined();
  expect([...without.client.writes, ...unreachable.client.writes]).toEqual([]);
});
