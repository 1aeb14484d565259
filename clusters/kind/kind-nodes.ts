/** The containers of a kind cluster as the engine shows them: which are ours, whether they run, where they are. */
import { z } from 'zod';
import type { Run } from '../access/machines/engine.ts';
import { MARK_PATH, NAME_PREFIX } from './kind-options.ts';

/** Source: kind's pkg/cluster/internal/providers/docker/constants.go. */
const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
const ROLE_LABEL = 'io.x-k8s.kind.role';

const containerSchema = z.object({
  Id: z.string(),
  Name: z.string(),
  State: z.object({ Running: z.boolean(), Pid: z.number().default(0), Status: z.string().default('') }),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
  Mounts: z.array(z.object({ Type: z.string(), Source: z.string().default(''), Destination: z.string() })).default([]),
  NetworkSettings: z.object({
    Ports: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullish()).nullish(),
    Networks: z.record(z.string(), z.object({ IPAddress: z.string(), Gateway: z.string() })).default({}),
  }),
});

export interface KindNode {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** Name of the cluster on the engine. */
  readonly cluster: string;
  readonly running: boolean;
  /** Of the node's init, in the engine's process namespace. */
  readonly pid: number;
  readonly address: string;
  readonly gateway: string;
  /** Folder that marks the node as ours, undefined when it has none. */
  readonly markFolder: string | undefined;
  /** Port of the node -> port of 127.0.0.1. */
  readonly published: ReadonlyMap<number, number>;
}

/** Every node of one cluster, or of all whose names begin like ours. */
export async function listKindNodes(run: Run, cluster: string | undefined): Promise<readonly KindNode[]> {
  const filter = cluster === undefined ? `label=${CLUSTER_LABEL}` : `label=${CLUSTER_LABEL}=${cluster}`;
  const { stdout } = await run(['docker', 'ps', '--all', '--quiet', '--no-trunc', '--filter', filter]);
  const [first, ...others] = stdout.split('\n').filter(Boolean);
  if (first === undefined) return [];
  const inspected = await run(['docker', 'container', 'inspect', first, ...others]);
  return z
    .array(containerSchema)
    .parse(JSON.parse(inspected.stdout))
    .map(kindNode)
    .filter((node) => cluster !== undefined || node.cluster.startsWith(NAME_PREFIX));
}

function kindNode(container: z.infer<typeof containerSchema>): KindNode {
  const labels = container.Config.Labels ?? {};
  const [network] = Object.values(container.NetworkSettings.Networks);
  const published = Object.entries(container.NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) =>
    (bindings ?? []).map(({ HostPort }) => [Number.parseInt(port, 10), Number(HostPort)] as const),
  );
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    role: labels[ROLE_LABEL] ?? '',
    cluster: labels[CLUSTER_LABEL] ?? '',
    running: container.State.Running,
    pid: container.State.Pid,
    address: network?.IPAddress ?? '',
    gateway: network?.Gateway ?? '',
    markFolder: container.Mounts.find(({ Destination }) => Destination === MARK_PATH)?.Source,
    published: new Map(published),
  };
}
