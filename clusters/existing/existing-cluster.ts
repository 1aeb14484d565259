/** An existing cluster as the use cases see it. */
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { RunningCluster } from '../../harness/ports/cluster.ts';
import type { ComponentVersion } from '../../harness/ports/component.ts';
import { runProgram } from '../../harness/process/run-program.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { Ownership } from '../../k8s/client/ownership.ts';
import { forwardToPod } from '../../k8s/client/port-forward.ts';
import { addressTowards } from '../access/address-towards.ts';
import { ensureGitServer, type GitServer } from '../access/git/git-server-process.ts';
import type { InCluster } from '../access/machines/machine-cluster.ts';
import type { MachineFiles } from '../access/machines/machine-files.ts';
import { loadNamespace } from '../access/ownership/ownership.ts';
import { firstReachable, nodeAddresses, podBehind, serviceAddresses } from './cluster-access.ts';

/** Where the cluster reads the run's repository: a server of ours at an address of this machine, or one of the user's. */
export type GitChoice =
  | { readonly kind: 'ours'; readonly address: string | undefined }
  | ({ readonly kind: 'users' } & GitServer);

export interface ExistingClusterParts {
  readonly name: string;
  readonly files: MachineFiles;
  readonly client: ClusterClient;
  /** Marks what it applies as ours. */
  readonly owned: ClusterClient;
  readonly owner: Ownership;
  readonly addons: readonly string[];
  readonly git: GitChoice;
  readonly components: readonly ComponentVersion[];
  readonly inCluster: InCluster;
  readonly staysUp: boolean;
  /** Aborted when another run may have begun on the cluster. */
  readonly lost: AbortSignal | undefined;
}

const SERVICES = {
  istio: { namespace: 'istio-system', name: 'istio-ingressgateway', port: 80 },
  prometheus: { namespace: 'monitoring', name: 'prometheus', port: 9090 },
} as const;

export async function existingCluster(parts: ExistingClusterParts): Promise<RunningCluster> {
  const { name, files, addons, components, inCluster, owned, owner } = parts;
  const ingress = addons.includes('istio') ? await reach(parts, SERVICES.istio) : undefined;
  const prometheus = addons.includes('prometheus') ? await reach(parts, SERVICES.prometheus) : undefined;
  const missing = (what: string) =>
    environmentError('INGRESS_MISSING', `this cluster has no ${what}`, { hint: 'Is the addon istio in the profile?' });
  return {
    name,
    provider: 'existing',
    kubeconfigPath: files.kubeconfig,
    components,
    git: await gitOf(parts),
    prometheusUrl: prometheus?.url,
    ingressUrl: ingress?.url,
    notEnforced: async () => [],
    ...(parts.lost === undefined ? {} : { watchNodes: () => parts.lost as AbortSignal }),
    async loadAt(placement) {
      if (!ingress) throw missing('ingress gateway');
      if (placement.kind === 'mesh')
        return {
          argvPrefix: inCluster.prefix(files.kubeconfig, placement, owner),
          ingressUrl: ingress.clusterUrl,
          inCluster: { runners: inCluster.runners },
        };
      // a forwarded port carries questions, not load: then k6 runs in the cluster, outside the mesh
      if (ingress.direct || placement.kind === 'host') return { argvPrefix: [], ingressUrl: ingress.url ?? '' };
      await owned.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: loadNamespace(owner) } }]);
      const argvPrefix = inCluster.prefix(files.kubeconfig, { kind: 'ingress' }, owner);
      return { argvPrefix, ingressUrl: ingress.clusterUrl, inCluster: { runners: inCluster.runners } };
    },
  };
}

interface Reached {
  /** As seen from this machine; undefined when nothing leads there and nobody stays to forward. */
  readonly url: string | undefined;
  /** As seen from the cluster. */
  readonly clusterUrl: string;
  /** Nothing of ours is in between. */
  readonly direct: boolean;
}

async function reach(
  { client, files, staysUp }: ExistingClusterParts,
  { namespace, name, port }: { readonly namespace: string; readonly name: string; readonly port: number },
): Promise<Reached> {
  const service = await client.get({ apiVersion: 'v1', resource: 'services', namespace }, name);
  if (!service)
    throw environmentError('SERVICE_MISSING', `there is no Service ${namespace}/${name}`, {
      hint: 'canaryproof reaches the cluster by the names of the upstream installations.',
    });
  const nodes = await client.list({ apiVersion: 'v1', resource: 'nodes' });
  const direct = await firstReachable(serviceAddresses(service, nodes, port));
  const { clusterIP = `${name}.${namespace}` } = service.spec as { clusterIP?: string };
  const clusterUrl = `http://${clusterIP}:${port}`;
  if (direct !== undefined) return { url: direct, clusterUrl, direct: true };
  if (!staysUp) return { url: undefined, clusterUrl, direct: false };
  const behind = await podBehind(client, service, port);
  const { url } = await forwardToPod(files.kubeconfig, { namespace, ...behind });
  return { url, clusterUrl, direct: false };
}

/** @throws HarnessError GIT_ADDRESS_UNKNOWN, GIT_SERVER_FAILED */
async function gitOf({ git, client, files }: ExistingClusterParts): Promise<GitServer> {
  if (git.kind === 'users') return { directory: git.directory, url: git.url };
  const [node] = nodeAddresses(await client.list({ apiVersion: 'v1', resource: 'nodes' }));
  const address = git.address ?? (node === undefined ? undefined : await addressTowards(runProgram, node));
  if (address !== undefined) return ensureGitServer(files.directory, address);
  throw environmentError('GIT_ADDRESS_UNKNOWN', 'no address of this machine leads to the nodes of the cluster', {
    hint: 'Argo CD reads the run from here: name one with --git-address, or serve a folder with --git-folder DIR=URL.',
  });
}
