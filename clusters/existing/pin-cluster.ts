/** Which cluster is meant: named by its user, allowed, and the same as before. */
import { rename, rm } from 'node:fs/promises';
import { environmentError, usageError } from '../../harness/errors/harness-error.ts';
import type { MachineFiles } from '../access/machines/machine-files.ts';
import type { MachineState } from '../access/machines/machine-state.ts';
import { type ClusterIdentity, identityDifferences, readIdentity } from '../access/ownership/cluster-identity.ts';
import { writePrivateKubeconfig } from './private-kubeconfig.ts';
import type { ExistingOptions, ExistingProviderPorts } from './provider-ports.ts';
import { requireApi } from './require-cluster.ts';

/** @throws HarnessError CONTEXT_MISSING, CONTEXT_NOT_ALLOWED (exit 2) */
export async function requireAllowed({ options, isOurs }: ExistingProviderPorts): Promise<ExistingOptions> {
  if (options === undefined)
    throw usageError('CONTEXT_MISSING', 'provider existing needs to be told which cluster', {
      hint: 'Name it with --context NAME; the current context of a kubeconfig is never taken.',
    });
  if (options.allowedContext === options.context || (await isOurs(options.kubeconfig, options.context))) return options;
  throw usageError(
    'CONTEXT_NOT_ALLOWED',
    `the context '${options.context}' is of a cluster that canaryproof did not make`,
    {
      where: options.kubeconfig,
      hint: `If it is the one you mean, add --allow-context ${options.context}. Only namespaces and objects of our own are made there.`,
    },
  );
}

/**
 * Writes the private kubeconfig, unless it would lead this name to another cluster.
 * @throws HarnessError CLUSTER_CHANGED, and those of an API that cannot be used
 */
export async function pinCluster(
  ports: ExistingProviderPorts,
  options: ExistingOptions,
  files: MachineFiles,
  before: MachineState | undefined,
): Promise<ClusterIdentity> {
  const candidate = `${files.kubeconfig}.next`;
  try {
    await writePrivateKubeconfig(options.kubeconfig, options.context, candidate);
    const client = ports.connect(candidate);
    await requireApi(client, options.context);
    const identity = await readIdentity(candidate, client);
    if (before?.identity) requireSame(before.identity, identity, options);
    await rename(candidate, files.kubeconfig);
    return identity;
  } finally {
    await rm(candidate, { force: true });
  }
}

/** A cluster may get another address or authority; then whoever uses it has to say that it is the one they mean. */
function requireSame(before: ClusterIdentity, now: ClusterIdentity, options: ExistingOptions): void {
  const differences = identityDifferences(before, now);
  const isSameCluster = before.kubeSystemUid === now.kubeSystemUid;
  if (differences.length === 0 || (isSameCluster && options.allowedContext === options.context)) return;
  throw environmentError(
    'CLUSTER_CHANGED',
    `the context '${options.context}' does not lead to the cluster that it led to: ${differences.join(', ')}`,
    {
      where: options.kubeconfig,
      hint: isSameCluster
        ? `Nothing was changed. If it got a new address or certificate, add --allow-context ${options.context}.`
        : 'Nothing was changed. Use another --name for another cluster.',
    },
  );
}
