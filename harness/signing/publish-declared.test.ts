import { expect, test } from 'vitest';
import { collectRepository } from '../profile/collect-repository.ts';
import { createFakeScene } from '../testkit/fakes/fake-scene.ts';
import { packagedProfile } from '../testkit/fakes/packaged-profiles.ts';
import { publishDeclared } from './publish-declared.ts';
import { RUN_IMAGES } from './run-images.ts';

const APP = 'registry.registry.svc/zero-downtime-app:v1.0.0';
const PRICES = 'registry.registry.svc/zero-downtime-prices:v1.0.0';

async function published(name: string) {
  const profile = await packagedProfile(name);
  const scene = await createFakeScene({ profile });
  await scene.source.commit(
    await collectRepository(profile, async () => {
      throw new TypeError('the profile brings all of its files');
    }),
    'first',
  );
  const pushed: string[] = [];
  scene.once(RUN_IMAGES, () => ({
    publicKey: async () => 'PEM',
    push: async (reference: string, signedBy: string) => void pushed.push(`${reference} ${signedBy}`),
    digestOf: (reference: string) => pushed.find((one) => one.startsWith(reference)),
  }));
  await publishDeclared(scene);
  return { scene, pushed };
}

test('the images that Git names are signed, and the key is where the policy reads it: the public half alone', async () => {
  const { scene, pushed } = await published('zero-downtime-signatures');
  expect(pushed.sort()).toEqual([`${APP} release`, `${PRICES} release`]);
  expect(scene.client.applied).toMatchObject([
    {
      kind: 'Secret',
      metadata: { name: 'release-key', namespace: 'kyverno' },
      stringData: { 'cosign.pub': 'PEM' },
    },
  ]);
  expect(Object.keys(scene.client.applied[0]?.stringData as object)).toEqual(['cosign.pub']);
  // delivered once more: what is signed stays as it is
  await publishDeclared(scene);
  expect(pushed).toHaveLength(2);
});

test('a profile without a registry has nothing signed', async () => {
  const { scene, pushed } = await published('zero-downtime-policies');
  expect(pushed).toEqual([]);
  expect(scene.client.applied).toEqual([]);
});
