/** A client of the cluster to whom a Rollout has no steps: each release of it goes to everybody at once. */
import type { FakeRolloutScene } from './fake-rollout-scene.ts';

export function withoutSteps(client: FakeRolloutScene['client'], namespace: string): FakeRolloutScene['client'] {
  const list: FakeRolloutScene['client']['list'] = async (collection, ...rest) => {
    const found = await client.list(collection, ...rest);
    if (collection.resource !== 'rollouts' || collection.namespace !== namespace) return found;
    return found.map((object) => {
      const { strategy } = object.spec as { strategy: { canary: object } };
      return { ...object, spec: { ...object.spec, strategy: { canary: { ...strategy.canary, steps: undefined } } } };
    });
  };
  return new Proxy(client, { get: (of, key) => (key === 'list' ? list : Reflect.get(of, key)) });
}
