/** A cluster that is only read from: the context was named, and is of a cluster of ours or was allowed. */
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { nearestName } from '../../../documents/nearest-name.ts';
import { usageError } from '../../../errors/harness-error.ts';
import type { ContextRef } from '../../traffic-requests.ts';
import type { World } from '../../world.ts';

/**
 * @returns path of the kubeconfig
 * @throws HarnessError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN, CONTEXT_NOT_ALLOWED (exit 2)
 */
export async function readableContext(world: World, ref: ContextRef): Promise<string> {
  const file = kubeconfigFile(world, ref.kubeconfig);
  requireContext(file, ref.context);
  if (ref.allowedContext === ref.context || (await isOwn(world, file, ref.context))) return file;
  throw usageError(
    'CONTEXT_NOT_ALLOWED',
    `the context '${ref.context}' is of a cluster that canaryproof did not make`,
    {
      where: file,
      hint: `If it is the one you mean, add --allow-context ${ref.context}. It is only read from; load goes to --url.`,
    },
  );
}

function kubeconfigFile(world: World, given: string | undefined): string {
  const fromEnvironment = world.env.KUBECONFIG?.split(path.delimiter).find((part) => part !== '');
  return path.resolve(world.cwd, given ?? fromEnvironment ?? path.join(homedir(), '.kube', 'config'));
}

function requireContext(file: string, context: string): void {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw usageError('KUBECONFIG_UNREADABLE', 'the kubeconfig file cannot be read', {
      where: file,
      hint: 'Name it with --kubeconfig FILE.',
      cause,
    });
  }
  if (config.getContextObject(context)) return;
  const known = config.getContexts().map(({ name }) => name);
  const near = nearestName(context, known);
  throw usageError('CONTEXT_UNKNOWN', `there is no context '${context}'${near ? `; did you mean '${near}'?` : ''}`, {
    where: file,
    hint: `Known: ${known.join(', ') || 'none'}.`,
  });
}

/** Each provider's code is read only when it is used. */
async function isOwn(world: World, file: string, context: string): Promise<boolean> {
  const [{ isOwnContext }, { status }] = await Promise.all([import('../own-context.ts'), import('../provider.ts')]);
  return isOwnContext(await status(world), file, context);
}
