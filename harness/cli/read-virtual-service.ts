/** Reads the declared split from a cluster: only from a context that was named, and only if it is ours or allowed. */
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { createClusterClient } from '../../k8s/client/cluster-client.ts';
import { environmentError, usageError } from '../errors/harness-error.ts';
import type { AssertSplitInput } from '../pipeline/assert-split.ts';
import { declaredArms } from '../pipeline/declared-arms.ts';
import { nearestName } from '../profile/nearest-name.ts';
import type { VirtualServiceRef } from './services.ts';
import type { World } from './world.ts';

/**
 * @throws HarnessError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN, CONTEXT_NOT_ALLOWED, VIRTUAL_SERVICE_MISSING and those of
 * declaredArms (exit 2); CLUSTER_UNREACHABLE (exit 3).
 */
export async function readVirtualService(
  world: World,
  ref: VirtualServiceRef,
): Promise<Pick<AssertSplitInput, 'arms' | 'declared'>> {
  const file = kubeconfigFile(world, ref.kubeconfig);
  requireContext(file, ref.context);
  if (ref.allowedContext !== ref.context && !(await isOurs(world, file)))
    throw usageError(
      'CONTEXT_NOT_ALLOWED',
      `the context '${ref.context}' is of a cluster that canaryproof did not make`,
      {
        where: file,
        hint: `If it is the one you mean, add --allow-context ${ref.context}. It is only read from; load goes to --url.`,
      },
    );
  const where = `VirtualService ${ref.namespace}/${ref.name} in ${ref.context}`;
  const collection = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', namespace: ref.namespace };
  const object = await createClusterClient(file, ref.context)
    .get(collection, ref.name)
    .catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw environmentError('CLUSTER_UNREACHABLE', `the cluster does not answer: ${reason}`, {
        where,
        hint: `Does it work with: kubectl --context ${ref.context} -n ${ref.namespace} get virtualservice ${ref.name}`,
        cause,
      });
    });
  if (object === undefined)
    throw usageError('VIRTUAL_SERVICE_MISSING', `there is no VirtualService ${ref.namespace}/${ref.name}`, {
      where: ref.context,
      hint: `List them with: kubectl --context ${ref.context} get virtualservice -A`,
    });
  const resourceVersion = object.metadata.resourceVersion ?? 'unknown';
  return {
    arms: declaredArms(object.spec, where),
    declared: {
      layer: 'api',
      source: `${where}, resourceVersion ${resourceVersion}`,
      manifest: stringify(object),
      context: ref.context,
    },
  };
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

async function isOurs(world: World, file: string): Promise<boolean> {
  const { status } = await import('./compose-cluster.ts');
  const clusters = await status(world);
  return clusters.some(({ kubeconfigPath }) => path.resolve(kubeconfigPath) === file);
}
