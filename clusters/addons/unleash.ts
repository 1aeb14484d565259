/**
 * Unleash, the feature-flag server, on its embedded PostgreSQL (PGlite). Its credentials are made at random for this cluster
 * and are in no file of the machine: those of the server in the Secret `unleash-server`, and what a client needs alone in
 * `unleash-client`, to be given to namespaces of clients.
 */
import { randomBytes } from 'node:crypto';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import type { Addon } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { namespaceObject, readManifests } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

const NAMESPACE = 'unleash';
const SECRETS = { apiVersion: 'v1', resource: 'secrets', namespace: NAMESPACE } as const;
const DATABASE = 'unleash-database';

export const unleash: Addon = {
  name: 'unleash',
  needs: ['dns'],
  async install({ client, signal, step }) {
    await client.apply([namespaceObject(NAMESPACE)]);
    // what runs with them would be locked out by others
    if (!(await hasSecrets(client))) await client.apply(unleashSecrets());
    const objects = await readManifests(addonManifest('unleash.yaml'));
    const isDatabase = ({ metadata: { name } }: KubeObject) => name === DATABASE;
    await client.apply(objects.filter(isDatabase));
    step.update('database');
    // Unleash ends where it finds none
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: DATABASE }, signal);
    await client.apply(objects.filter((object) => !isDatabase(object)));
    step.update('server');
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: 'unleash' }, signal);
  },
};

async function hasSecrets(client: ClusterClient): Promise<boolean> {
  const found = await Promise.all(['unleash-server', 'unleash-client'].map((name) => client.get(SECRETS, name)));
  return found.every((secret) => secret !== undefined);
}

/** New ones each time. Tokens are as Unleash writes them: project, environment, and what nobody can guess. */
export function unleashSecrets(): readonly KubeObject[] {
  const random = () => randomBytes(32).toString('hex');
  const clientToken = `default:production.${random()}`;
  const secret = (name: string, stringData: Readonly<Record<string, string>>): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', stringData },
    metadata: { name, namespace: NAMESPACE },
  });
  return [
    secret('unleash-server', {
      adminToken: `*:*.${random()}`,
      ...{ clientToken, sessionSecret: random(), adminPassword: random() },
    }),
    secret('unleash-client', { token: clientToken }),
  ];
}
