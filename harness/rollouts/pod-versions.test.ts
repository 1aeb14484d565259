import { expect, it } from 'vitest';
import type { Scene } from '../scene/scene.ts';
import { versionNow } from './pod-versions.ts';

const pod = (owner: string, hash: string | undefined, tag: string) => ({
  metadata: {
    name: `${owner}-x`,
    namespace: 'shop',
    labels: hash === undefined ? { app: 'cart' } : { app: 'cart', 'rollouts-pod-template-hash': hash },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner }],
  },
  spec: { containers: [{ name: 'cart', image: `registry.example.com/cart:${tag}` }] },
});

function sceneOf(pods: readonly object[]): Scene {
  let now = 0;
  return {
    client: { list: async () => pods },
    profile: { images: [], budgets: { podsReadyMs: 2_000 } },
    cluster: { provider: 'kind' },
    signal: new AbortController().signal,
    now: () => now,
    pause: async (ms: number) => {
      now += ms;
    },
  } as unknown as Scene;
}

const CART = { namespace: 'shop', name: 'cart' };

it('takes pods of a Deployment whose name begins like the Rollout for somebody else’s', async () => {
  const pods = [
    pod('cart-5b5f', '5b5f', 'v1'),
    pod('cart-v2-77aa', undefined, 'v2'),
    pod('cart-api-1c2d', '1c2d', 'v3'),
  ];
  expect(await versionNow(CART, sceneOf(pods))).toBe('v1');
});

it('waits for pods of an earlier canary, and not for ever', async () => {
  const both = sceneOf([pod('cart-5b5f', '5b5f', 'v1'), pod('cart-77aa', '77aa', 'v2')]);
  await expect(versionNow(CART, both)).rejects.toMatchObject({ code: 'ROLLOUT_NOT_SETTLED' });
  await expect(versionNow(CART, sceneOf([]))).rejects.toMatchObject({ code: 'ROLLOUT_NOT_SETTLED' });
});
