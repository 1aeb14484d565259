/** Finds and removes what an installation made, of every kind that the cluster serves; nothing is taken for gone unseen. */
import pLimit from 'p-limit';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { ApiError } from '../../k8s/client/api-request.ts';
import { pause } from '../../k8s/client/backoff.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { Collection, KubeObject } from '../../k8s/client/object.ts';
import { INSTALLATION_LABEL, isMadeBy, type Ownership } from '../../k8s/client/ownership.ts';
import { type ServedKind, servedKinds } from './served-kinds.ts';

export interface OwnedObject {
  readonly collection: Collection;
  readonly kind: string;
  readonly object: KubeObject;
}

const AT_ONCE = 8;

export interface RemovalTimes {
  /** For controllers that have to finish what they made. */
  readonly goneMs: number;
  readonly pollMs: number;
}
const TIMES: RemovalTimes = { goneMs: 180_000, pollMs: 500 };
/** Looks at a cluster that says two things at once, which it does for a moment when a definition goes. */
const LOOKS = 20;

/** @throws HarnessError REMOVAL_UNCERTAIN when a kind cannot be listed; whatever else the API answers */
export async function listOwned(
  client: ClusterClient,
  installation: string,
  { pollMs } = TIMES,
): Promise<readonly OwnedObject[]> {
  for (let looks = LOOKS; ; looks -= 1) {
    try {
      const kinds = await servedKinds(client, installation);
      const limit = pLimit(AT_ONCE);
      const lists = kinds.map((kind) => limit(() => listKind(client, kind, installation)));
      return (await Promise.all(lists)).flat();
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      // a kind that is served and not there: one of both is no longer, or not, true; 429: of one that was just defined
      if ((cause.status === 404 || cause.status === 429) && looks > 1) await pause(pollMs);
      else
        throw environmentError('REMOVAL_UNCERTAIN', `not everything can be listed: ${cause.message}`, {
          hint: 'Something of ours may be there: nothing is forgotten until that is known. Run `canaryproof down` again.',
          cause,
        });
    }
  }
}

async function listKind(
  client: ClusterClient,
  { apiVersion, group, resource, kind }: ServedKind,
  installation: string,
): Promise<readonly OwnedObject[]> {
  const items = await client.list({ apiVersion, resource }, `${INSTALLATION_LABEL}=${installation}`);
  return items.flatMap((object) => {
    const { name, namespace } = object.metadata;
    // controllers copy labels, and people copy manifests: a copy is not ours
    if (!isMadeBy({ installation }, object, { group, resource, namespace, name })) return [];
    return [{ collection: { apiVersion, resource, ...(namespace === undefined ? {} : { namespace }) }, kind, object }];
  });
}

/** Argo CD's objects first, while its controllers still are there to remove what they made; definitions last. */
const FIRST = new Set(['Application', 'ApplicationSet', 'Rollout']);
const DEFINITION = 'CustomResourceDefinition';

/**
 * @param owned a client that changes only what is ours
 * @returns how many objects were removed
 * @throws HarnessError OBJECTS_REMAIN, DEFINITION_IN_USE, REMOVAL_UNCERTAIN: then something of ours may still be there
 */
export async function removeOwned(
  client: ClusterClient,
  owned: ClusterClient,
  owner: Ownership,
  times = TIMES,
): Promise<number> {
  const found = await listOwned(client, owner.installation, times);
  const rank = ({ kind }: OwnedObject) =>
    FIRST.has(kind) ? 0 : kind === 'Namespace' ? 1 : kind === DEFINITION ? 3 : 2;
  for (const wanted of [0, 1, 2, 3]) {
    const batch = found.filter((object) => rank(object) === wanted);
    for (const { kind, object } of batch) if (kind === DEFINITION) await requireUnused(client, object);
    await Promise.all(
      batch.map(({ collection, object: { metadata } }) =>
        owned.delete(collection, metadata.name, { uid: metadata.uid }),
      ),
    );
    await untilGone(client, batch, times);
  }
  const left = await listOwned(client, owner.installation, times);
  if (left.length > 0) throw remaining(left);
  return found.length;
}

/** With a definition every object of its kind goes: those of others must not. */
async function requireUnused(client: ClusterClient, definition: KubeObject): Promise<void> {
  const { group, names, versions } = definition.spec as {
    group: string;
    names: { plural: string };
    versions: readonly { readonly name: string; readonly served: boolean }[];
  };
  const version = versions.find(({ served }) => served)?.name;
  if (version === undefined) return;
  const objects = await client.list({ apiVersion: `${group}/${version}`, resource: names.plural }).catch((error) => {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  });
  if (objects.length === 0) return;
  const shown = objects.slice(0, 5).map(({ metadata: { name, namespace } }) => `${namespace ?? ''}/${name}`);
  throw environmentError(
    'DEFINITION_IN_USE',
    `CustomResourceDefinition ${definition.metadata.name} is ours, but ${objects.length} object(s) of others are of that kind: ${shown.join(', ')}`,
    {
      where: `CustomResourceDefinition ${definition.metadata.name}`,
      hint: `They would go with it. Remove them, or keep the definition: kubectl label crd ${definition.metadata.name} ${INSTALLATION_LABEL}- ; then run \`canaryproof down\` again.`,
    },
  );
}

async function untilGone(
  client: ClusterClient,
  batch: readonly OwnedObject[],
  { goneMs, pollMs }: RemovalTimes,
): Promise<void> {
  const deadline = performance.now() + goneMs;
  const limit = pLimit(AT_ONCE);
  for (let left = batch; ; ) {
    const there = await Promise.all(
      left.map((item) =>
        limit(async () => {
          const found = await client.get(item.collection, item.object.metadata.name);
          return found?.metadata.uid === item.object.metadata.uid ? item : undefined;
        }),
      ),
    );
    left = there.filter((item) => item !== undefined);
    if (left.length === 0) return;
    if (performance.now() > deadline) throw remaining(left);
    await pause(pollMs);
  }
}

function remaining(left: readonly OwnedObject[]): Error {
  const shown = left.map(({ kind, object }) => `${kind} ${object.metadata.name}`).join(', ');
  return environmentError('OBJECTS_REMAIN', `${shown} cannot be removed`, {
    hint: 'Their finalizers wait for a controller; look at them with kubectl, then run `canaryproof down` again.',
  });
}
