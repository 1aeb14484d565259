/**
 * A cluster client that marks everything it applies as ours, and that never takes over what is somebody else's: an
 * object of that name without our label is refused before anything is written.
 */
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { type Collection, type KubeObject, objectName } from '../../k8s/client/object.ts';
import { OWNER_LABEL, type Ownership, ownerLabels } from './ownership.ts';

/**
 * @returns a client whose `apply` throws HarnessError OBJECT_FOREIGN, with nothing applied, where an object exists
 *   that does not carry the owner's label and lies in no namespace that does
 */
export function ownedClient(client: ClusterClient, owner: Ownership): ClusterClient {
  const ours = new Set<string>();
  const isOurs = (found: KubeObject) => found.metadata.labels?.[OWNER_LABEL] === owner.cluster;
  const requireOurs = async (object: KubeObject, namespace: string | undefined): Promise<void> => {
    const target = object.metadata.namespace ?? namespace;
    if (target !== undefined && ours.has(target)) return;
    const collection = guessCollection(object, target);
    // a kind that is not served yet answers 404, and then nothing of it can exist
    const found = await client.get(collection, object.metadata.name).catch(() => undefined);
    if (found === undefined || isOurs(found)) {
      if (object.kind === 'Namespace') ours.add(object.metadata.name);
      return;
    }
    throw environmentError('OBJECT_FOREIGN', `${objectName({ ...object, ...found })} is there and not canaryproof's`, {
      where: objectName(object),
      hint: 'Nothing was changed. Use a cluster where that name is free, or remove the object yourself.',
    });
  };
  return {
    ...client,
    async apply(objects, options = {}) {
      for (const object of objects) if (object.kind === 'Namespace') await requireOurs(object, undefined);
      const others = objects.filter(({ kind }) => kind !== 'Namespace');
      await Promise.all(others.map((object) => requireOurs(object, options.namespace)));
      await client.apply(
        objects.map((object) => withLabels(object, ownerLabels(owner))),
        options,
      );
    },
  };
}

function withLabels(object: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } } };
}

/** Kinds that live in no namespace, among those that profiles and addons apply. */
const CLUSTER_SCOPED = new Set([
  'Namespace',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);

/** The plural by the rules that the kinds of Kubernetes, Istio and Argo follow. */
export function guessCollection(
  { apiVersion = 'v1', kind = '' }: KubeObject,
  namespace: string | undefined,
): Collection {
  const lower = kind.toLowerCase();
  const resource = /(s|x|ch)$/.test(lower) ? `${lower}es` : lower.replace(/([^aeiou])y$/, '$1ie').concat('s');
  if (lower.endsWith('endpoints')) return { apiVersion, resource: lower, ...(namespace ? { namespace } : {}) };
  return CLUSTER_SCOPED.has(kind)
    ? { apiVersion, resource }
    : { apiVersion, resource, namespace: namespace ?? 'default' };
}
