/** The two waits that addons share, each with its limit and its words. */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { isEstablished, isRolledOut } from '../../k8s/client/readiness.ts';
import { ADDON_TIMEOUTS } from './addon.ts';

/** @throws HarnessError WAIT_TIMEOUT */
export async function awaitRolledOut(
  client: ClusterClient,
  kind: 'Deployment' | 'StatefulSet',
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const collection = { apiVersion: 'apps/v1', resource: `${kind.toLowerCase()}s`, namespace };
  const what = `${kind} ${namespace}/${name} to be available`;
  await client.waitFor(collection, name, isRolledOut, { timeoutMs: ADDON_TIMEOUTS.rolledOutMs, what, signal });
}

/** Applying an object of a kind that is not served yet would be refused. @throws HarnessError WAIT_TIMEOUT */
export async function awaitEstablished(
  client: ClusterClient,
  crds: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  const collection = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
  const timeoutMs = ADDON_TIMEOUTS.establishedMs;
  await Promise.all(
    crds.map(({ metadata: { name } }) => {
      const what = `CustomResourceDefinition ${name} to be established`;
      return client.waitFor(collection, name, isEstablished, { timeoutMs, what, signal });
    }),
  );
}
