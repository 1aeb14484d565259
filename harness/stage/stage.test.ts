import { afterEach, expect, it } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { createFakeRolloutScene, type FakeRolloutScene } from '../testkit/rollouts/fake-rollout-scene.ts';
import { openStage } from './stage.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

it('gives a copy the Secrets that its pods refer to, before the pods, and no others', async () => {
  scene = await createFakeRolloutScene('zero-downtime');
  const { rollout } = scene.claim('no-lost-request');
  const { name, namespace } = rollout;
  const live = scene.client.all('rollouts').find((one) => one.metadata.name === name)!;
  const { template } = live.spec as unknown as { template: { spec: object } };
  const spec = { ...template.spec, imagePullSecrets: [{ name: 'registry' }, { name: 'nowhere' }] };
  scene.client.write('rollouts', { ...live, spec: { ...live.spec, template: { ...template, spec } } });
  for (const secret of ['registry', 'of-somebody-else'])
    scene.client.write('secrets', { metadata: { name: secret, namespace }, data: { token: 'eA==' } } as KubeObject);

  await using stage = await openStage({ source: rollout, namespace: 'copy', replicas: 1 }, scene);
  const secrets = scene.client.all('secrets').filter(({ metadata }) => metadata.namespace === 'copy');
  expect(secrets.map(({ metadata }) => metadata.name)).toEqual(['registry']);
  expect(secrets[0]).toMatchObject({ data: { token: 'eA==' } });
  // what a report shows of a copy holds no secret
  expect(stage.objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
});
