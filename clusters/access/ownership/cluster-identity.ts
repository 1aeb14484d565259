/**
 * Which cluster a kubeconfig leads to. The name of a context says nothing: it is a word in a file that anybody may edit,
 * and tomorrow it may stand for another cluster.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentError, usageError } from '../../../harness/errors/harness-error.ts';
import { writeFileAtomic } from '../../../harness/process/atomic-file.ts';
import { type ClusterClient, readKubeconfig } from '../../../k8s/client/cluster-client.ts';

const identitySchema = z.object({
  server: z.string().min(1),
  /** Of the certificate authority that the server must prove itself by; `system` where the machine's own are used. */
  caSha256: z.string().min(1),
  /** Of the namespace kube-system: made once in the life of a cluster, and never again. */
  kubeSystemUid: z.string().min(1),
});
export type ClusterIdentity = z.infer<typeof identitySchema>;
export const clusterIdentitySchema = identitySchema;

/** What the file says, without asking anybody. @throws HarnessError CONTEXT_UNKNOWN, KUBECONFIG_UNREADABLE (exit 2) */
async function declaredIdentity(kubeconfig: string, context?: string): Promise<Omit<ClusterIdentity, 'kubeSystemUid'>> {
  const unreadable = (cause: unknown): never => {
    throw usageError('KUBECONFIG_UNREADABLE', 'the kubeconfig file cannot be read', {
      where: kubeconfig,
      hint: 'Name it with --kubeconfig FILE.',
      cause,
    });
  };
  let config: ReturnType<typeof readKubeconfig>;
  try {
    config = readKubeconfig(kubeconfig);
  } catch (cause) {
    return unreadable(cause);
  }
  const found = config.getContextObject(context ?? config.getCurrentContext());
  const cluster = found && config.getCluster(found.cluster);
  if (!cluster)
    throw usageError('CONTEXT_UNKNOWN', `there is no context '${context ?? config.getCurrentContext()}'`, {
      where: kubeconfig,
      hint: `Name one with --context. Known: ${
        config
          .getContexts()
          .map(({ name }) => name)
          .join(', ') || 'none'
      }.`,
    });
  const { server, caData, caFile, skipTLSVerify } = cluster;
  const authority = skipTLSVerify
    ? 'not verified'
    : caData !== undefined
      ? Buffer.from(caData, 'base64')
      : caFile === undefined
        ? 'system'
        : await readFile(path.resolve(path.dirname(kubeconfig), caFile)).catch(unreadable);
  const caSha256 = typeof authority === 'string' ? authority : createHash('sha256').update(authority).digest('hex');
  return { server, caSha256 };
}

/** @throws HarnessError CLUSTER_UNIDENTIFIED, and whatever the API answers */
export async function readIdentity(kubeconfig: string, client: ClusterClient): Promise<ClusterIdentity> {
  const declared = await declaredIdentity(kubeconfig);
  const namespace = await client.get({ apiVersion: 'v1', resource: 'namespaces' }, 'kube-system');
  const kubeSystemUid = namespace?.metadata.uid;
  if (!kubeSystemUid)
    throw environmentError('CLUSTER_UNIDENTIFIED', 'the cluster has no namespace kube-system to be known by', {
      where: declared.server,
      hint: 'canaryproof pins a cluster by the uid of that namespace; the account must be allowed to get it.',
    });
  return { ...declared, kubeSystemUid };
}

export function identityDifferences(one: ClusterIdentity, other: ClusterIdentity): readonly string[] {
  return [
    ...(one.server === other.server ? [] : [`server ${other.server} instead of ${one.server}`]),
    ...(one.caSha256 === other.caSha256 ? [] : ['another certificate authority']),
    ...(one.kubeSystemUid === other.kubeSystemUid ? [] : ['another kube-system namespace']),
  ];
}

/** @throws HarnessError CLUSTER_CHANGED when the kubeconfig leads elsewhere than it did */
export async function requireSameCluster(
  kubeconfig: string,
  client: ClusterClient,
  pinned: ClusterIdentity,
): Promise<void> {
  const differences = identityDifferences(pinned, await readIdentity(kubeconfig, client));
  if (differences.length === 0) return;
  throw environmentError('CLUSTER_CHANGED', `this is not the cluster that it was: ${differences.join(', ')}`, {
    where: kubeconfig,
    hint: 'Nothing was changed. Use another --name for another cluster.',
  });
}

/** The identity of a cluster that canaryproof made, beside its kubeconfig and gone with it. */
const identityFile = (kubeconfig: string) => path.join(path.dirname(kubeconfig), 'identity.json');

export async function recordIdentity(kubeconfig: string, client: ClusterClient): Promise<void> {
  const identity = await readIdentity(kubeconfig, client);
  await writeFileAtomic(identityFile(kubeconfig), `${JSON.stringify(identity)}\n`, 0o600);
}

/** Undefined when none was recorded, or it cannot be read: then nobody may rely on it. */
async function recordedIdentity(kubeconfig: string): Promise<ClusterIdentity | undefined> {
  const text = await readFile(identityFile(kubeconfig), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return identitySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Whether a context of a kubeconfig leads to the cluster that canaryproof made beside that file. Contexts that somebody
 * merged into it do not, whatever they are called, and are not asked.
 */
export async function leadsToOwnCluster(
  kubeconfig: string,
  context: string,
  connect: (kubeconfig: string, context: string) => ClusterClient,
): Promise<boolean> {
  const recorded = await recordedIdentity(kubeconfig);
  if (recorded === undefined) return false;
  const declared = await declaredIdentity(kubeconfig, context);
  if (declared.server !== recorded.server || declared.caSha256 !== recorded.caSha256) return false;
  const namespaces = { apiVersion: 'v1', resource: 'namespaces' };
  const found = await connect(kubeconfig, context).get(namespaces, 'kube-system');
  return found?.metadata.uid === recorded.kubeSystemUid;
}
