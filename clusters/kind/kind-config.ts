/** The configuration document of a kind cluster: pure. */
import path from 'node:path';
import { stringify } from 'yaml';
import { type Ownership, ownerLabels } from '../../k8s/client/ownership.ts';
import { NODE_PORTS } from '../access/machines/node-ports.ts';
import { type KindOptions, kindName, MARK_PATH } from './kind-options.ts';

const REGISTRY_PATH = '/etc/containerd/certs.d';
/** Source: containerd's docs/hosts.md, configuration version 2. */
const REGISTRY_PATCH = `[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "${REGISTRY_PATH}"\n`;

export interface KindConfigParts {
  readonly options: KindOptions;
  readonly owner: Ownership;
  /** Folder of the cluster on this machine; mounted read-only as the mark that the nodes are ours. */
  readonly markFolder: string;
  /** Folder with `<registry>/hosts.toml` files; undefined without mirrors. */
  readonly registryFolder: string | undefined;
  /** 1 or 2. */
  readonly cgroupVersion: number;
}

/** Source: kind's v1alpha4 configuration (sigs.k8s.io/kind, pkg/apis/config/v1alpha4). */
export function kindConfig(parts: KindConfigParts): string {
  const { options, owner } = parts;
  const labels = ownerLabels(owner);
  const extraMounts = [
    { hostPath: parts.markFolder, containerPath: MARK_PATH, readOnly: true },
    ...(parts.registryFolder === undefined
      ? []
      : [{ hostPath: parts.registryFolder, containerPath: REGISTRY_PATH, readOnly: true }]),
    ...options.mounts.map(({ hostPath, nodePath, readOnly }) => ({ hostPath, containerPath: nodePath, readOnly })),
  ];
  const loopback = (containerPort: number, hostPort: number) => ({
    containerPort,
    hostPort,
    listenAddress: '127.0.0.1',
  });
  const controlPlane = {
    role: 'control-plane',
    labels,
    extraMounts,
    // 0: kind looks for a free port
    extraPortMappings: [loopback(NODE_PORTS.ingress, options.ingressPort ?? 0), loopback(NODE_PORTS.prometheus, 0)],
  };
  const worker = { role: 'worker', labels, extraMounts };
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: kindName(owner.cluster),
    networking: {
      apiServerAddress: '127.0.0.1',
      // the addons ask for fixed addresses of this range, as on the local provider
      serviceSubnet: '10.96.0.0/16',
      podSubnet: '10.244.0.0/16',
    },
    // since Kubernetes 1.35 a kubelet refuses cgroup v1 unless it is told not to
    ...(parts.cgroupVersion === 1
      ? { kubeadmConfigPatches: ['kind: KubeletConfiguration\nfailCgroupV1: false\n'] }
      : {}),
    // containerd 1 reads the folder only when told to (seen with 1.6); 2 reads it anyway and passes this over
    ...(parts.registryFolder === undefined ? {} : { containerdConfigPatches: [REGISTRY_PATCH] }),
    nodes: [controlPlane, ...Array.from({ length: options.nodes - 1 }, () => worker)],
  });
}

/** Files that make containerd ask a mirror first: path below the registry folder -> text. */
export function registryFiles(mirrors: KindOptions['registryMirrors']): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(mirrors).map(([registry, url]) => [
      path.join(registry, 'hosts.toml'),
      `server = "https://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}"\n\n[host."${url}"]\n  capabilities = ["pull", "resolve"]\n`,
    ]),
  );
}
