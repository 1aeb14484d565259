import { expect, test } from 'vitest';
import { createFakeScene } from '../testkit/fakes/fake-scene.ts';
import { placeOf, runImages } from './run-images.ts';

test.each([
  ['registry.registry.svc/team/cart:v1', 'team/cart', 'v1'],
  ['registry.registry.svc/cart', 'cart', 'latest'],
  ['registry.registry.svc:443/cart:v2', 'cart', 'v2'],
])('%s', (reference, repository, tag) => {
  expect(placeOf(reference)).toEqual({ repository, tag });
});

test('where nothing signs, nothing is pushed, and it is said', async () => {
  const images = runImages(await createFakeScene());
  await expect(images.push('registry.registry.svc/a:b', 'release')).rejects.toMatchObject({
    ...{ code: 'SIGNING_FAILED', exitCode: 3 },
  });
  expect(images.digestOf('registry.registry.svc/a:b')).toBeUndefined();
});

test('all claims of a run share its images', async () => {
  const scene = await createFakeScene();
  expect(runImages(scene)).toBe(runImages(scene));
});
