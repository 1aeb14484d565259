/** NodePort services beside those that the addons bring, so that the same manifests run everywhere. */
import { environmentError } from '../../../harness/errors/harness-error.ts';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';

export const NODE_PORTS = { ingress: 30080, prometheus: 30090 } as const;

interface Source {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly nodePort: number;
}
const SOURCES: Readonly<Record<string, Source>> = {
  istio: { namespace: 'istio-system', service: 'istio-ingressgateway', port: 80, nodePort: NODE_PORTS.ingress },
  prometheus: { namespace: 'monitoring', service: 'prometheus', port: 9090, nodePort: NODE_PORTS.prometheus },
};

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly name?: string; readonly port: number; readonly targetPort?: number | string }[];
}

/**
 * A service of type NodePort in front of the same pods as `service`.
 * @throws HarnessError SERVICE_MISSING
 */
export function nodePortService(service: KubeObject | undefined, source: Source): KubeObject {
  const spec = service?.spec as ServiceSpec | undefined;
  const port = spec?.ports?.find((candidate) => candidate.port === source.port);
  if (!spec?.selector || !port)
    throw environmentError(
      'SERVICE_MISSING',
      `Service ${source.namespace}/${source.service} has no port ${source.port}`,
      {
        hint: 'Its addon should have made it.',
      },
    );
  const { nodePort } = source;
  const targetPort = port.targetPort ?? port.port;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${source.service}-nodeport`, namespace: source.namespace },
    spec: {
      type: 'NodePort',
      selector: spec.selector,
      ports: [{ name: port.name ?? 'http', port: port.port, targetPort, nodePort }],
    },
  };
}

/** Opens the ports of the addons that are there. */
export async function openNodePorts(client: ClusterClient, addons: readonly string[]): Promise<void> {
  const sources = addons.flatMap((addon) => SOURCES[addon] ?? []);
  const services = await Promise.all(
    sources.map(async (source) =>
      nodePortService(
        await client.get({ apiVersion: 'v1', resource: 'services', namespace: source.namespace }, source.service),
        source,
      ),
    ),
  );
  await client.apply(services);
}
