/** A live local cluster as the use cases see it: addresses on the host, and the way into its namespaces. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { LoadPlacement, RunningCluster } from '../../harness/ports/cluster.ts';
import { createClusterClient } from '../../k8s/client/cluster-client.ts';
import { readAcceptQueue } from '../access/accept-queue.ts';
import { podNetworkNamespace } from '../access/pod-namespace.ts';
import { ADDRESSES } from './addresses.ts';
import type { ClusterFiles } from './cluster-files.ts';
import type { ClusterState } from './node-spec.ts';

export function runningCluster(
  files: ClusterFiles,
  state: ClusterState,
  components: RunningCluster['components'],
  addons: readonly string[],
  rootless: boolean,
): RunningCluster {
  // entering the network only: files, pids and the user's environment stay the host's, so evidence needs no copying
  const user = rootless ? ['-U', '--preserve-credentials'] : [];
  const enter = (namespace: readonly string[]) => ['setpriv', '--pdeathsig', 'KILL', 'nsenter', ...namespace, '--'];
  const init = String(state.init.pid);
  const ingress = `http://${ADDRESSES.ingressServiceIp}`;
  const url = (addon: string, port: number) => (addons.includes(addon) ? `http://127.0.0.1:${port}` : undefined);
  /** Where a pod's queue was read the last time. */
  const queues = new Map<string, { readonly namespace: string; pid?: number }>();
  return {
    name: files.name,
    provider: 'local',
    kubeconfigPath: files.kubeconfig,
    components,
    git: { directory: files.git, url: `http://${ADDRESSES.nodeIp}:${ADDRESSES.gitPort}` },
    prometheusUrl: url('prometheus', state.ports.prometheus),
    ingressUrl: url('istio', state.ports.ingress),
    async notEnforced() {
      const text = await readFile(path.join(files.node, 'not-enforced.json'), 'utf8').catch(() => '[]');
      return JSON.parse(text) as string[];
    },
    async acceptQueue(podIp) {
      const known = queues.get(podIp) ?? { namespace: await namespaceLink(state.init.pid, podIp) };
      const read = await readAcceptQueue(known.namespace, known.pid);
      if (read) queues.set(podIp, { ...known, pid: read.pid });
      else queues.delete(podIp);
      return read?.waiting;
    },
    async loadAt(placement: LoadPlacement) {
      if (placement.kind === 'host') return { argvPrefix: [], ingressUrl: `http://127.0.0.1:${state.ports.ingress}` };
      if (placement.kind === 'ingress') return { argvPrefix: enter(['-t', init, ...user, '-n']), ingressUrl: ingress };
      const pod = await createClusterClient(files.kubeconfig).get(
        { apiVersion: 'v1', resource: 'pods', namespace: placement.namespace },
        placement.pod,
      );
      const podIp = String((pod?.status as { podIP?: string } | undefined)?.podIP ?? '');
      const namespace = await podNetworkNamespace(state.init.pid, podIp);
      return {
        argvPrefix: enter([...(rootless ? ['-t', init, ...user] : []), `--net=${namespace}`]),
        ingressUrl: ingress,
      };
    },
  };
}

/** The network namespace of a pod as a link in /proc calls it. */
async function namespaceLink(initPid: number, podIp: string): Promise<string> {
  return `net:[${(await stat(await podNetworkNamespace(initPid, podIp))).ino}]`;
}
