/** The ports of the mesh, asked from a pod outside it. */
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { isPodReady } from '../../../k8s/client/readiness.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { runProgram } from '../../process/run-program.ts';
import { hasContainer } from '../../scene/pods.ts';
import type { Scene } from '../../scene/scene.ts';
import type { ProbedPort } from './probe-port.ts';
import type { ProbeOrders } from './probe-program.ts';

export interface MeshPort {
  readonly pod: KubeObject;
  readonly address: string;
  readonly port: number;
}

const PROGRAM = fileURLToPath(new URL('./probe-program.ts', import.meta.url));
const SIDECAR = 'istio-proxy';
const TIMEOUT_MS = 5_000;
const pods = (namespace: string) => ({ apiVersion: 'v1', resource: 'pods', namespace }) as const;

/** Ports that containers beside the sidecar declare, of pods that are ready. */
export async function meshPorts(namespaces: readonly string[], scene: Scene): Promise<readonly MeshPort[]> {
  const found: MeshPort[] = [];
  for (const namespace of namespaces)
    for (const pod of await scene.client.list(pods(namespace))) {
      if (pod.metadata.deletionTimestamp !== undefined || !isPodReady(pod)) continue;
      const address = (pod.status as { podIP?: string } | undefined)?.podIP;
      if (address === undefined) continue;
      const { containers = [] } = (pod.spec ?? {}) as { containers?: readonly Container[] };
      const ports = containers
        .filter(({ name }) => name !== SIDECAR)
        .flatMap(({ ports: declared = [] }) => declared)
        .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
        .map(({ containerPort }) => containerPort);
      // items of a list need not say where they are
      const placed = { ...pod, metadata: { namespace, ...pod.metadata } };
      for (const port of new Set(ports)) found.push({ pod: placed, address, port });
    }
  return found;
}

interface Container {
  readonly name: string;
  readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
}

/**
 * @returns what was found, in the order of the ports, and the pod in whose network the client was
 * @throws HarnessError OUTSIDE_POD_MISSING, MESH_ROOT_MISSING (exit 3)
 */
export async function probeFromOutside(
  ports: readonly MeshPort[],
  namespace: string,
  scene: Scene,
): Promise<{ readonly from: string; readonly found: readonly ProbedPort[] }> {
  const from = await podOutside(namespace, scene);
  const { argvPrefix } = await scene.cluster.loadAt({ kind: 'mesh', namespace, pod: from });
  const orders: ProbeOrders = {
    rootPem: await meshRoot(ports[0]?.pod.metadata.namespace ?? namespace, scene),
    timeoutMs: TIMEOUT_MS,
    targets: ports.map(({ address: host, port }) => ({ host, port })),
  };
  const [program = process.execPath, ...args] = [...argvPrefix, process.execPath, PROGRAM, JSON.stringify(orders)];
  const { stdout } = await runProgram([program, ...args], { timeoutMs: 6 * TIMEOUT_MS, signal: scene.signal }).catch(
    (error: unknown) => {
      scene.signal.throwIfAborted();
      throw error;
    },
  );
  const lines = stdout.trim().split('\n').filter(Boolean);
  return { from: `${namespace}/${from}`, found: lines.map((line) => JSON.parse(line) as ProbedPort) };
}

async function podOutside(namespace: string, scene: Scene): Promise<string> {
  const isOutside = (pod: KubeObject) =>
    !hasContainer(pod, SIDECAR) && (pod.spec as { hostNetwork?: boolean } | undefined)?.hostNetwork !== true;
  const found = (await scene.client.list(pods(namespace))).find((pod) => isPodReady(pod) && isOutside(pod));
  if (found) return found.metadata.name;
  throw environmentError('OUTSIDE_POD_MISSING', `${namespace} has no ready pod without ${SIDECAR}`, {
    where: namespace,
    hint: 'Plain text is tried from the network of such a pod; name a namespace that has one as `outside`.',
  });
}

/** What every namespace of a mesh is given to verify certificates with. */
const ROOT_CONFIG = 'istio-ca-root-cert';

async function meshRoot(namespace: string, scene: Scene): Promise<string> {
  const config = await scene.client.get({ apiVersion: 'v1', resource: 'configmaps', namespace }, ROOT_CONFIG);
  const pem = (config?.data as Readonly<Record<string, string>> | undefined)?.['root-cert.pem'];
  if (pem) return pem;
  throw environmentError('MESH_ROOT_MISSING', `there is no ConfigMap ${namespace}/${ROOT_CONFIG} with a root`, {
    where: namespace,
    hint: 'istiod writes it into every namespace; is it running?',
  });
}
