/** A running cluster of real nodes as the use cases see it. */
import { environmentError } from '../../../harness/errors/harness-error.ts';
import type { LoadPlacement, RunningCluster } from '../../../harness/ports/cluster.ts';
import type { ComponentVersion } from '../../../harness/ports/component.ts';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { Ownership } from '../../../k8s/client/ownership.ts';
import type { GitServer } from '../git/git-server-process.ts';
import type { ClusterMachine, MachineAddresses } from './machine.ts';
import type { MachineFiles } from './machine-files.ts';
import { NODE_PORTS } from './node-ports.ts';

/** Ends a program of ours with us, however we end. */
const END_TOGETHER = ['setpriv', '--pdeathsig', 'KILL', '--'];

/** Argv prefix of a program that stands for one in a pod: k6 becomes a Job, a question to the pod a forwarded port. */
export interface InCluster {
  /** Of k6, for a load that does not say how many share it. */
  readonly runners: number;
  prefix(
    kubeconfigPath: string,
    placement: Extract<LoadPlacement, { kind: 'mesh' | 'ingress' }>,
    /** On a cluster that others use too; undefined: everything there is ours. */
    owner: Ownership | undefined,
  ): readonly string[];
}

export interface MachineClusterParts {
  readonly machine: ClusterMachine;
  readonly files: MachineFiles;
  readonly addons: readonly string[];
  readonly components: readonly ComponentVersion[];
  readonly client: ClusterClient;
  readonly git: GitServer;
  readonly addresses: MachineAddresses;
  readonly inCluster: InCluster;
}

export function machineCluster(parts: MachineClusterParts): RunningCluster {
  const { machine, files, addons, components, client, git, addresses } = parts;
  const url = (addon: string, port: number) => (addons.includes(addon) ? addresses.urlOf(port) : undefined);
  const ingressForLoad = `http://${addresses.node}:${NODE_PORTS.ingress}`;
  return {
    name: files.name,
    provider: machine.provider,
    kubeconfigPath: files.kubeconfig,
    components,
    git,
    prometheusUrl: url('prometheus', NODE_PORTS.prometheus),
    ingressUrl: url('istio', NODE_PORTS.ingress),
    // nodes with a real runtime enforce what the kubelet does; there is no list of exceptions
    notEnforced: async () => [],
    watchNodes: (signal) => machine.watchNodes(files, signal),
    async loadAt(placement) {
      if (placement.kind === 'host')
        return { argvPrefix: END_TOGETHER, ingressUrl: addresses.urlOf(NODE_PORTS.ingress) };
      if (placement.kind === 'ingress') return { argvPrefix: END_TOGETHER, ingressUrl: ingressForLoad };
      const { nodeName, podIp } = await locate(client, placement);
      const entered = await machine.enterPod(files, nodeName, podIp);
      if (entered) return { argvPrefix: entered, ingressUrl: ingressForLoad };
      const { runners } = parts.inCluster;
      const argvPrefix = parts.inCluster.prefix(files.kubeconfig, placement, undefined);
      return { argvPrefix, ingressUrl: ingressForLoad, inCluster: { runners } };
    },
  };
}

async function locate(
  client: ClusterClient,
  { namespace, pod: name }: { readonly namespace: string; readonly pod: string },
): Promise<{ readonly nodeName: string; readonly podIp: string }> {
  const pod = await client.get({ apiVersion: 'v1', resource: 'pods', namespace }, name);
  const { nodeName } = (pod?.spec ?? {}) as { nodeName?: string };
  const { podIP: podIp } = (pod?.status ?? {}) as { podIP?: string };
  if (nodeName && podIp) return { nodeName, podIp };
  throw environmentError('LOAD_POD_MISSING', `the pod ${namespace}/${name} is gone or has no address yet`, {
    hint: 'It may just have been replaced; run the command again.',
  });
}
