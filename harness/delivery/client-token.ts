/** What a team gets from whoever runs Unleash: a token for its services to read flags with, as a Secret beside them. */
import type { KubeObject } from '../../k8s/client/object.ts';
import { environmentError } from '../errors/harness-error.ts';
import type { Scene } from '../scene/scene.ts';

const SECRET = 'unleash-client';
const NAMESPACE = 'unleash';

/** @throws HarnessError FLAG_TOKEN_MISSING (exit 3) */
export async function giveClientTokens({ client, profile }: Pick<Scene, 'client' | 'profile'>): Promise<void> {
  if (!profile.addons.includes('unleash')) return;
  const secret = await client.get({ apiVersion: 'v1', resource: 'secrets', namespace: NAMESPACE }, SECRET);
  if (!secret)
    throw environmentError('FLAG_TOKEN_MISSING', `there is no Secret ${NAMESPACE}/${SECRET}`, {
      where: `${NAMESPACE}/${SECRET}`,
      hint: 'The addon unleash makes it: bring the cluster down, and up again.',
    });
  await client.apply(
    profile.namespaces.map(
      ({ name: namespace }): KubeObject => ({
        ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: secret.data },
        metadata: { name: SECRET, namespace },
      }),
    ),
  );
}
