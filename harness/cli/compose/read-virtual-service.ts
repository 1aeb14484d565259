/** Reads the declared split from a cluster: only from a context that was named, and only if it is ours or allowed. */
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { type ClusterClient, createClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { AssertSplitInput } from '../../assert-split/input.ts';
import { nearestName } from '../../documents/nearest-name.ts';
import { environmentError, usageError } from '../../errors/harness-error.ts';
import { readDeclaredSplit } from '../../lint/routes/declared-split.ts';
import type { VirtualServiceRef } from '../services.ts';
import type { World } from '../world.ts';

/**
 * @throws HarnessError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN, CONTEXT_NOT_ALLOWED, VIRTUAL_SERVICE_MISSING and those of
 * readDeclaredSplit (exit 2); CLUSTER_UNREACHABLE (exit 3).
 */
export async function readVirtualService(
  world: World,
  ref: VirtualServiceRef,
): Promise<Pick<AssertSplitInput, 'arms' | 'declared'>> {
  const file = kubeconfigFile(world, ref.kubeconfig);
  requireContext(file, ref.context);
  if (ref.allowedContext !== ref.context && !(await isOwn(world, file, ref.context)))
    throw usageError(
      'CONTEXT_NOT_ALLOWED',
      `the context '${ref.context}' is of a cluster that canaryproof did not make`,
      {
        where: file,
        hint: `If it is the one you mean, add --allow-context ${ref.context}. It is only read from; load goes to --url.`,
      },
    );
  const where = `VirtualService ${ref.namespace}/${ref.name} in ${ref.context}`;
  const { object, others } = await readObjects(createClusterClient(file, ref.context), ref).catch((cause: unknown) => {
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
  const { arms } = readDeclaredSplit(
    [object, ...others].map((found) => ({ path: nameOf(found), text: stringify(found) })),
    { virtualService: { name: ref.name, namespace: ref.namespace }, namespace: ref.namespace },
  );
  return {
    // named after the pods' label `version`, as the receivers name themselves
    arms: arms.map(({ version, share }) => ({ name: version, share })),
    declared: {
      layer: 'api',
      source: `${where}, resourceVersion ${resourceVersion}`,
      manifest: stringify(object),
      context: ref.context,
    },
  };
}

const ROUTING = { apiVersion: 'networking.istio.io/v1' };
const CORE = { apiVersion: 'v1' };

/** The VirtualService, and what says which pods each of its destinations selects. */
async function readObjects(client: ClusterClient, { namespace, name }: VirtualServiceRef) {
  const object = await client.get({ ...ROUTING, resource: 'virtualservices', namespace }, name);
  if (object === undefined) return { object, others: [] };
  const [rules, services] = await Promise.all([
    client.list({ ...ROUTING, resource: 'destinationrules', namespace }),
    client.list({ ...CORE, resource: 'services', namespace }),
  ]);
  // items of a list do not say what they are
  const typed = (found: readonly KubeObject[], apiVersion: string, kind: string) =>
    found.map((item) => ({ ...item, apiVersion, kind }));
  const others = [
    ...typed(rules, ROUTING.apiVersion, 'DestinationRule'),
    ...typed(services, CORE.apiVersion, 'Service'),
  ];
  return { object, others };
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}.yaml`;
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
  const [{ isOwnContext }, { status }] = await Promise.all([import('./own-context.ts'), import('./provider.ts')]);
  return isOwnContext(await status(world), file, context);
}
