/** What the supervisor needs to run a node: written once by `up`, read by the supervisor and by the node's init. */
import { z } from 'zod';

const catalogueEntry = z.strictObject({
  image: z.string(),
  entrypoint: z.array(z.string()).optional(),
  cmd: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  files: z.record(z.string(), z.string()).optional(),
  uid: z.string().optional(),
  gid: z.string().optional(),
  workingDir: z.string().optional(),
  replaces: z.enum(['stand-in', 'program']).optional(),
});

const programs = z.strictObject({
  etcd: z.string(),
  kubeApiserver: z.string(),
  kubeControllerManager: z.string(),
  kubeScheduler: z.string(),
  kubelet: z.string(),
  kubeProxy: z.string(),
  criStreaming: z.string(),
});

export const nodeSpecSchema = z.strictObject({
  /** sha256 over everything that decides what runs; the same hash again makes `up` a no-op. */
  hash: z.string(),
  name: z.string(),
  rootless: z.boolean(),
  programs,
  criProto: z.string(),
  catalogue: z.array(catalogueEntry),
  components: z.array(
    z.strictObject({ name: z.string(), version: z.string(), origin: z.string(), sha256: z.string().optional() }),
  ),
  tokens: z.strictObject({
    admin: z.string(),
    controllerManager: z.string(),
    scheduler: z.string(),
    kubelet: z.string(),
    kubeProxy: z.string(),
  }),
});
export type NodeSpec = z.infer<typeof nodeSpecSchema>;
/** What the components contribute to it. */
export type NodeParts = Pick<NodeSpec, 'programs' | 'criProto' | 'catalogue' | 'components'>;

export const clusterStateSchema = z.strictObject({
  specHash: z.string(),
  createdAt: z.number(),
  /** Outer process in the host's namespaces, and the node's init as the host sees it. */
  supervisor: z.strictObject({ pid: z.int(), startTicks: z.string() }),
  init: z.strictObject({ pid: z.int(), startTicks: z.string() }),
  /** Ports of 127.0.0.1 that lead into the cluster. */
  ports: z.strictObject({ api: z.int(), ingress: z.int(), prometheus: z.int() }),
});
export type ClusterState = z.infer<typeof clusterStateSchema>;
