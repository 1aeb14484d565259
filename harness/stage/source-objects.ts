/** What a copy of an application is made from, as the cluster has it. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { Scene } from '../scene/scene.ts';
import { copiedSecret, referencedSecrets } from './referenced-secrets.ts';
import { COPIED, gatewaysElsewhere, KINDS } from './stage-objects.ts';

const SECRETS = { apiVersion: 'v1', resource: 'secrets' } as const;
const GATEWAYS = { apiVersion: 'networking.istio.io/v1', resource: 'gateways' } as const;

export async function sourceObjects(scene: Scene, namespace: string): Promise<KubeObject[]> {
  const lists = await Promise.all(
    COPIED.map(async (collection) => {
      const items = await scene.client.list({ ...collection, namespace });
      // items of a list do not say what they are
      return items.map((item) => ({
        ...item,
        apiVersion: collection.apiVersion,
        kind: KINDS[collection.resource],
      }));
    }),
  );
  const own = lists.flat();
  const elsewhere = await Promise.all(
    gatewaysElsewhere(own, namespace).map(async ({ namespace: place, name }) => {
      const found = await scene.client.get({ ...GATEWAYS, namespace: place }, name);
      return found === undefined ? [] : [{ ...found, apiVersion: GATEWAYS.apiVersion, kind: KINDS[GATEWAYS.resource] }];
    }),
  );
  return [...own, ...elsewhere.flat()];
}

/** Only those that the pods of the copy refer to; one that is nowhere is missing in the copy, too. */
export async function secretsOf(
  objects: readonly KubeObject[],
  from: string,
  { client }: Scene,
  namespace: string,
): Promise<KubeObject[]> {
  const found = await Promise.all(
    referencedSecrets(objects).map((name) => client.get({ ...SECRETS, namespace: from }, name)),
  );
  return found.flatMap((secret) => (secret ? [copiedSecret(secret, namespace)] : []));
}
