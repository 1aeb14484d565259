/** Alertmanager, which routes Prometheus' alerts by severity to receivers of the run. */
import { randomBytes } from 'node:crypto';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import type { Addon } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { namespaceObject, readManifests } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

export const alertmanager: Addon = {
  name: 'alertmanager',
  needs: [],
  async install({ client, signal }) {
    await client.apply([namespaceObject('monitoring')]);
    const secret = (await readSecret(client)) ?? randomBytes(16).toString('hex');
    const manifests = await readManifests(addonManifest('alertmanager.yaml'));
    await client.apply(manifests.map((object) => withSecret(object, secret)));
    await awaitRolledOut(client, 'Deployment', { namespace: 'monitoring', name: 'alertmanager' }, signal);
  },
};

/** The one that Alertmanager has already: a running one must not be told another. */
async function readSecret(client: ClusterClient): Promise<string | undefined> {
  const secrets = { apiVersion: 'v1', resource: 'secrets', namespace: 'monitoring' } as const;
  const data = (await client.get(secrets, 'alertmanager'))?.data as Readonly<Record<string, unknown>> | undefined;
  const known = data?.['receiver-secret'];
  return typeof known === 'string' ? Buffer.from(known, 'base64').toString('utf8') : undefined;
}

function withSecret(object: KubeObject, secret: string): KubeObject {
  if (object.kind !== 'Secret') return object;
  const data = Object.entries(object.stringData as Readonly<Record<string, string>>);
  const stringData = Object.fromEntries(data.map(([key, text]) => [key, text.replaceAll('RECEIVER_SECRET', secret)]));
  return { ...object, stringData };
}
