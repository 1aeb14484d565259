import { expect, test } from 'vitest';
import { createFakeScene } from '../testkit/fakes/fake-scene.ts';
import { packagedProfile } from '../testkit/fakes/packaged-profiles.ts';
import { giveClientTokens } from './client-token.ts';

const SECRETS = { apiVersion: 'v1', resource: 'secrets', namespace: 'unleash' };

test('each namespace of a profile with Unleash gets the token of clients, and nothing else of it', async () => {
  const profile = await packagedProfile('zero-downtime-flags');
  const scene = await createFakeScene({ profile });
  scene.client.put(SECRETS, { metadata: { name: 'unleash-client' }, data: { token: 'dG9rZW4=' } });
  scene.client.put(SECRETS, { metadata: { name: 'unleash-server' }, data: { adminToken: 'YWRtaW4=' } });
  await giveClientTokens(scene);
  expect(scene.client.applied).toEqual([
    {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: { token: 'dG9rZW4=' } },
      metadata: { name: 'unleash-client', namespace: 'zero-downtime-flags' },
    },
  ]);
});

test('without the addon nobody is asked; with it, and without its Secret, the run says so', async () => {
  const bookinfo = await createFakeScene();
  await giveClientTokens(bookinfo);
  expect(bookinfo.client.applied).toEqual([]);
  const scene = await createFakeScene({ profile: await packagedProfile('zero-downtime-flags') });
  await expect(giveClientTokens(scene)).rejects.toMatchObject({ code: 'FLAG_TOKEN_MISSING', exitCode: 3 });
});
