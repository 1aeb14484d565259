import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { loadProfile } from '../profile/load-profile.ts';
import { requireSharedAllowed, sharedObjects } from './shared-objects.ts';

const profileOf = (name: string) => loadProfile(name, { packageRoot: packageRoot(), workingDirectory: packageRoot() });

test.each([
  ['bookinfo', []],
  [
    'gridos',
    [
      'EnvoyFilter/istio-system/canaryproof-errors',
      'ConfigMap/argo-rollouts/argo-rollouts-notification-configmap',
      'EndpointSlice/monitoring/alert-receiver-run',
    ],
  ],
  ['zero-downtime', ['EnvoyFilter/istio-system/canaryproof-errors']],
])('%s puts beside programs of others: %j', async (name, objects) => {
  const profile = await profileOf(name);
  expect(sharedObjects(profile).map(({ object }) => object)).toEqual(objects);
  expect(() => requireSharedAllowed(profile, objects)).not.toThrow();
  for (const left of objects)
    expect(() =>
      requireSharedAllowed(
        profile,
        objects.filter((object) => object !== left),
      ),
    ).toThrow(
      expect.objectContaining({
        ...{ code: 'SHARED_OBJECT_NOT_ALLOWED', exitCode: 2 },
        hint: expect.stringContaining(`--allow-shared ${left}`),
      }),
    );
});

test('each object names the claims that need it, in the order of the profile', async () => {
  const claimsOf = async (name: string) =>
    Object.fromEntries(
      sharedObjects(await profileOf(name)).map(({ object, claims }) => [object.split('/')[0], claims]),
    );
  expect(await claimsOf('zero-downtime')).toEqual({
    EnvoyFilter: ['zero-downtime/undo', 'zero-downtime/no-lost-request'],
  });
  expect(await claimsOf('gridos')).toEqual({
    EnvoyFilter: ['gridos/rollback-effects', 'gridos/take-back'],
    ConfigMap: ['gridos/rollback-effects'],
    EndpointSlice: ['gridos/alerts'],
  });
});
