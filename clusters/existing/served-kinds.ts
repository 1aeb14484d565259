/** Every kind that a cluster serves and that something of ours could be of, as its discovery says. */
import pLimit from 'p-limit';
import { parseAnswer } from '../../k8s/client/api-request.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { apiPath } from '../../k8s/client/object.ts';
import { INSTALLATION_LABEL } from '../../k8s/client/ownership.ts';

export interface ServedKind {
  readonly apiVersion: string;
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}
interface ApiGroup {
  readonly name: string;
  readonly versions: readonly { readonly groupVersion: string }[];
  readonly preferredVersion: { readonly groupVersion: string };
}

const AT_ONCE = 8;
/** Notes about objects, which nobody labels and which lapse by themselves. */
const NOTES = 'events';

/**
 * In every version: a kind may be served in one that its group does not prefer (EnvoyFilter is).
 * @throws whatever the API answers, an aggregated API that does not answer included: nobody knows what it holds
 */
export async function servedKinds(client: ClusterClient, installation: string): Promise<readonly ServedKind[]> {
  const { groups } = parseAnswer<{ groups: readonly ApiGroup[] }>(await client.getText('/apis'), '/apis', (value) =>
    Array.isArray(value.groups),
  );
  const ours = await ownApis(client, groups, installation);
  const versions = groups.flatMap(({ name, versions: all, preferredVersion }) => {
    const others = all.map(({ groupVersion }) => groupVersion);
    const first = preferredVersion.groupVersion;
    return [first, ...others.filter((version) => version !== first)].map((apiVersion) => ({ group: name, apiVersion }));
  });
  const limit = pLimit(AT_ONCE);
  const found = await Promise.all(
    [{ group: '', apiVersion: 'v1' }, ...versions]
      .filter(({ apiVersion }) => !ours.has(apiVersion))
      .map(({ group, apiVersion }) => limit(() => kindsOf(client, group, apiVersion))),
  );
  const kinds = new Map<string, ServedKind>();
  for (const kind of found.flat()) {
    const key = `${kind.group}/${kind.resource}`;
    if (!kinds.has(key)) kinds.set(key, kind);
  }
  return [...kinds.values()];
}

async function kindsOf(client: ClusterClient, group: string, apiVersion: string): Promise<readonly ServedKind[]> {
  const path = apiPath(apiVersion);
  const { resources } = parseAnswer<{ resources: readonly ApiResource[] }>(await client.getText(path), path, (value) =>
    Array.isArray(value.resources),
  );
  return resources
    .filter(
      ({ name, verbs = [] }) =>
        !name.includes('/') && name !== NOTES && verbs.includes('list') && verbs.includes('delete'),
    )
    .map(({ name, kind }) => ({ apiVersion, group, resource: name, kind }));
}

/** Group versions that a server of our own answers: when it is gone, they answer nothing and hold nothing. */
async function ownApis(
  client: ClusterClient,
  groups: readonly ApiGroup[],
  installation: string,
): Promise<ReadonlySet<string>> {
  const registration = groups.find(({ name }) => name === 'apiregistration.k8s.io')?.preferredVersion.groupVersion;
  if (registration === undefined) return new Set();
  const services = await client.list(
    { apiVersion: registration, resource: 'apiservices' },
    `${INSTALLATION_LABEL}=${installation}`,
  );
  return new Set(
    services.map(({ spec }) => {
      const { group = '', version = '' } = (spec ?? {}) as { group?: string; version?: string };
      return `${group}/${version}`;
    }),
  );
}
