import { expect, test } from 'vitest';
import type { RunningCluster } from '../ports/cluster.ts';
import { createFakeScene, PODS } from '../testkit/fakes/fake-scene.ts';
import { gatewayQueue } from './gateway-queue.ts';

const SYSTEM = 'istio-system';

/** A scene with gateway pods at these addresses. */
async function scene(...addresses: readonly string[]) {
  const made = await createFakeScene();
  const labels = { istio: 'ingressgateway' };
  made.client.put(
    { apiVersion: 'v1', resource: 'services', namespace: SYSTEM },
    { metadata: { name: 'istio-ingressgateway' }, spec: { selector: labels } },
  );
  for (const podIP of addresses)
    made.client.put({ ...PODS, namespace: SYSTEM }, { metadata: { name: podIP, labels }, status: { podIP } });
  return made.client;
}

test('is the longest of all gateway pods', async () => {
  const waiting: Record<string, number> = { '10.1.0.1': 3, '10.1.0.2': 410 };
  const cluster = { acceptQueue: async (address: string) => waiting[address] };
  const look = await gatewayQueue({ client: await scene(...Object.keys(waiting)), cluster });
  expect(await look()).toBe(410);
});

test('one that cannot be read any more is unknown from then on, and is asked no more', async () => {
  const answers = [7, undefined, 9];
  const cluster = { acceptQueue: async () => answers.shift() };
  const look = await gatewayQueue({ client: await scene('10.1.0.1'), cluster });
  expect([await look(), await look(), await look()]).toEqual([7, undefined, undefined]);
  expect(answers).toEqual([9]);
});

test.each<readonly [string, Pick<RunningCluster, 'acceptQueue'>, readonly string[]]>([
  ['a provider that cannot see it', {}, ['10.1.0.1']],
  ['no gateway', { acceptQueue: async () => 5 }, []],
  [
    'a reader that fails',
    {
      acceptQueue: () => Promise.reject(new Error('no such process')),
    },
    ['10.1.0.1'],
  ],
])('%s: unknown, and no error', async (_, cluster, addresses) => {
  const look = await gatewayQueue({ client: await scene(...addresses), cluster });
  expect(await look()).toBeUndefined();
});

test('no Service of the gateway: unknown, and no error', async () => {
  const { client } = await createFakeScene();
  expect(await (await gatewayQueue({ client, cluster: { acceptQueue: async () => 5 } }))()).toBeUndefined();
});
