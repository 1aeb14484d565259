/** Reads the declared split from a cluster. */
import { stringify } from 'yaml';
import { type ClusterClient, createClusterClient } from '../../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../../k8s/client/object.ts';
import type { AssertSplitInput } from '../../../assert-split/input.ts';
import { environmentError, usageError } from '../../../errors/harness-error.ts';
import { readDeclaredSplit } from '../../../lint/routes/declared-split.ts';
import type { VirtualServiceRef } from '../../traffic-requests.ts';
import type { World } from '../../world.ts';
import { readableContext } from './readable-context.ts';

/**
 * @throws HarnessError those of readableContext, VIRTUAL_SERVICE_MISSING and those of readDeclaredSplit (exit 2);
 * CLUSTER_UNREACHABLE (exit 3).
 */
export async function readVirtualService(
  world: World,
  ref: VirtualServiceRef,
): Promise<Pick<AssertSplitInput, 'arms' | 'declared'> & { readonly service: string }> {
  const file = await readableContext(world, ref);
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
  const { arms, host } = readDeclaredSplit(
    [object, ...others].map((found) => ({ path: nameOf(found), text: stringify(found) })),
    { virtualService: { name: ref.name, namespace: ref.namespace }, namespace: ref.namespace },
  );
  return {
    service: serviceOf(host, ref.namespace),
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

/** `reviews`, `reviews.shop` and `reviews.shop.svc.cluster.local` as `namespace/name`. */
function serviceOf(host: string, home: string): string {
  const [name = host, namespace = home] = host.split('.');
  return `${namespace}/${name}`;
}
