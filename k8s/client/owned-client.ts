/** A client for a cluster that others use too: reads everything it is asked to read, writes only what is ours. */
import { createApiRequest } from './api-request.ts';
import { type ClusterClient, clusterClientOf, readKubeconfig } from './cluster-client.ts';
import { type Guard, guardedRequest, type Patience } from './guarded-request.ts';

export interface OwnedClientOptions {
  /** Asked before the first write; a rejection stops every write. */
  readonly ready?: () => Promise<void>;
  /** For a server that does not answer; default one minute. */
  readonly answerMs?: number;
  readonly patience?: Patience;
}

export function createOwnedClient(
  kubeconfigPath: string,
  guard: Guard,
  { ready, answerMs, patience }: OwnedClientOptions = {},
): ClusterClient {
  const config = readKubeconfig(kubeconfigPath);
  const plain = createApiRequest(config, answerMs);
  const guarded = guardedRequest(plain, guard, patience);
  let asked: Promise<void> | undefined;
  return clusterClientOf(config, async (method, path, options) => {
    if (method === 'GET') return plain(method, path, options);
    asked ??= ready?.();
    await asked;
    return guarded(method, path, options);
  });
}
