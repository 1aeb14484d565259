/** How this machine and an existing cluster reach each other, found out and never assumed. */
import net from 'node:net';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { isPodReady } from '../../k8s/client/readiness.ts';

const CONNECT_MS = 2_000;

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly port: number;
    readonly nodePort?: number;
    readonly targetPort?: number | string;
  }[];
}
interface NodeStatus {
  readonly addresses?: readonly { readonly type: string; readonly address: string }[];
}

/** A service that is asked from outside, and every address at which it might be. */
export interface ReachableService {
  readonly service: KubeObject;
  readonly clusterUrl: string;
  /** `host:port`, best first. */
  readonly candidates: readonly { readonly host: string; readonly port: number }[];
}

export function serviceAddresses(
  service: KubeObject,
  nodes: readonly KubeObject[],
  port: number,
): ReachableService['candidates'] {
  const spec = (service.spec ?? {}) as ServiceSpec;
  const status = (service.status ?? {}) as {
    loadBalancer?: { ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
  const balanced = (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => {
    const host = ip ?? hostname;
    return host === undefined ? [] : [{ host, port }];
  });
  const nodePort = spec.ports?.find((candidate) => candidate.port === port)?.nodePort;
  const onNodes = nodePort === undefined ? [] : nodeAddresses(nodes).map((host) => ({ host, port: nodePort }));
  return [...balanced, ...onNodes];
}

export function nodeAddresses(nodes: readonly KubeObject[]): readonly string[] {
  return nodes.flatMap((node) =>
    ((node.status as NodeStatus | undefined)?.addresses ?? [])
      .filter(({ type }) => type === 'InternalIP')
      .map(({ address }) => address),
  );
}

export async function firstReachable(candidates: ReachableService['candidates']): Promise<string | undefined> {
  for (const { host, port } of candidates) if (await connects(host, port)) return `http://${host}:${port}`;
  return undefined;
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: CONNECT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}

/** A ready pod behind a service, and the container port that the service leads to. */
export async function podBehind(
  client: ClusterClient,
  service: KubeObject,
  port: number,
): Promise<{ readonly pod: string; readonly port: number }> {
  const spec = (service.spec ?? {}) as ServiceSpec;
  const { namespace = 'default', name } = service.metadata;
  const selector = Object.entries(spec.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const pods = await client.list({ apiVersion: 'v1', resource: 'pods', namespace }, selector);
  const pod = pods.find((candidate) => isPodReady(candidate));
  const target = spec.ports?.find((candidate) => candidate.port === port)?.targetPort ?? port;
  const number = typeof target === 'number' ? target : pod && namedPort(pod, target);
  if (!pod || number === undefined)
    throw environmentError('SERVICE_WITHOUT_PODS', `no ready pod stands behind Service ${namespace}/${name}`, {
      hint: `Look at it with: kubectl -n ${namespace} describe service ${name}`,
    });
  return { pod: pod.metadata.name, port: number };
}

function namedPort(pod: KubeObject, name: string): number | undefined {
  const { containers = [] } = (pod.spec ?? {}) as {
    containers?: readonly { readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[] }[];
  };
  return containers.flatMap(({ ports = [] }) => ports).find((port) => port.name === name)?.containerPort;
}
