/** Namespaces of ours come and go by fixed names: the next run must not write into one that the last run is still leaving. */
import type { ClusterClient } from './cluster-client.ts';
import type { KubeObject } from './object.ts';

const NAMESPACES = { apiVersion: 'v1', resource: 'namespaces' } as const;
/** Pods have half a minute to end, and the namespace controller looks again some seconds later. */
const GONE_WITHIN_MS = 120_000;

const isTerminating = (namespace: KubeObject | undefined) => namespace?.metadata.deletionTimestamp !== undefined;

/**
 * Makes a namespace, once an older one of that name is gone: the API server refuses new objects in one that is on its way
 * out (403).
 * @throws HarnessError WAIT_TIMEOUT (exit 3) where it does not go
 */
export async function makeNamespace(
  client: Pick<ClusterClient, 'waitFor' | 'apply'>,
  name: string,
  { labels, signal }: { readonly labels?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): Promise<void> {
  await client.waitFor(NAMESPACES, name, (seen) => !isTerminating(seen), {
    timeoutMs: GONE_WITHIN_MS,
    what: `the deleted Namespace ${name} to be gone`,
    ...(signal ? { signal } : {}),
  });
  await client.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...(labels ? { labels } : {}) } }]);
}
