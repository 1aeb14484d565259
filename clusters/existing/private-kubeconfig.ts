/** One context of a user's kubeconfig as a file of our own: what the user changes in theirs does not move us. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { usageError } from '../../harness/errors/harness-error.ts';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';

/** @throws HarnessError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN (exit 2) */
export async function writePrivateKubeconfig(source: string, context: string, target: string): Promise<void> {
  const config = new KubeConfig();
  try {
    config.loadFromFile(source);
  } catch (cause) {
    throw usageError('KUBECONFIG_UNREADABLE', 'the kubeconfig file cannot be read', {
      where: source,
      hint: 'Name it with --kubeconfig FILE.',
      cause,
    });
  }
  const found = config.getContextObject(context);
  const cluster = found && config.getCluster(found.cluster);
  const user = found && config.getUser(found.user);
  if (!found || !cluster || !user) {
    const known = config.getContexts().map(({ name }) => name);
    throw usageError('CONTEXT_UNKNOWN', `there is no context '${context}'`, {
      where: source,
      hint: `Name one with --context. Known: ${known.join(', ') || 'none'}.`,
    });
  }
  const one = new KubeConfig();
  one.loadFromOptions({ clusters: [cluster], users: [user], contexts: [found], currentContext: context });
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  await writeFileAtomic(target, one.exportConfig(), 0o600);
}
