/** Command lines of the control plane and node programs: pure, one place for every flag and its reason. */
import path from 'node:path';
import { ADDRESSES } from '../addresses.ts';
import { FRONT_PROXY_NAME } from '../front-proxy-certificates.ts';
import type { NodeSpec } from '../node-spec.ts';

export interface ProgramLine {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

/** Directory layout inside the node's private mounts. */
export interface NodeDirectories {
  readonly state: string;
  readonly config: string;
  readonly certificates: string;
}

const { nodeIp, apiPort, etcdClientPort, etcdPeerPort, serviceCidr } = ADDRESSES;
const API_BUDGET = ['--kube-api-qps=300', '--kube-api-burst=500'];
/** A socket file and no port: a pod in the node's network must not reach what every secret is in. */
export const etcdSocket = (
  directories: Pick<NodeDirectories, 'state'>,
  socket: 'etcd' | 'etcd-peer' = 'etcd',
): string => path.join(directories.state, `${socket}.sock`);

export function etcdLine(spec: NodeSpec, directories: NodeDirectories): ProgramLine {
  // names that etcd insists on having as host and port; nobody listens there, and its single member asks nobody
  const peer = `http://127.0.0.1:${etcdPeerPort}`;
  const advertised = `http://127.0.0.1:${etcdClientPort}`;
  const client = `unix://${etcdSocket(directories)}`;
  return {
    name: 'etcd',
    argv: [
      spec.programs.etcd,
      `--data-dir=${path.join(directories.state, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${advertised}`,
      `--listen-peer-urls=unix://${etcdSocket(directories, 'etcd-peer')}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // the cluster does not outlive a power cut anyway; without fsync the API is ready seconds earlier
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
  };
}

export function apiServerLine(spec: NodeSpec, directories: NodeDirectories): ProgramLine {
  const key = path.join(directories.config, 'service-account.key');
  return {
    name: 'kube-apiserver',
    argv: [
      spec.programs.kubeApiserver,
      `--etcd-servers=unix://${etcdSocket(directories)}`,
      `--cert-dir=${directories.certificates}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      `--service-cluster-ip-range=${serviceCidr}`,
      `--secure-port=${apiPort}`,
      '--bind-address=0.0.0.0',
      // Endpoints refuse loopback addresses, so the API is advertised on the bridge
      `--advertise-address=${nodeIp}`,
      '--authorization-mode=Node,RBAC',
      `--token-auth-file=${path.join(directories.config, 'tokens.csv')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--kubelet-client-certificate=${path.join(directories.config, 'kubelet-client.crt')}`,
      `--kubelet-client-key=${path.join(directories.config, 'kubelet-client.key')}`,
      '--allow-privileged=true',
      // requests for aggregated APIs are passed on to their servers, which believe the names in them for this certificate
      `--requestheader-client-ca-file=${path.join(directories.config, 'front-proxy-ca.crt')}`,
      `--requestheader-allowed-names=${FRONT_PROXY_NAME}`,
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${path.join(directories.config, 'front-proxy-client.crt')}`,
      `--proxy-client-key-file=${path.join(directories.config, 'front-proxy-client.key')}`,
      '--profiling=false',
    ],
  };
}

export function controllerManagerLine(spec: NodeSpec, directories: NodeDirectories): ProgramLine {
  return {
    name: 'kube-controller-manager',
    argv: [
      spec.programs.kubeControllerManager,
      `--kubeconfig=${path.join(directories.config, 'controller-manager.kubeconfig')}`,
      `--service-account-private-key-file=${path.join(directories.config, 'service-account.key')}`,
      `--root-ca-file=${path.join(directories.certificates, 'apiserver.crt')}`,
      // the node's pod range is fixed and there is no cloud
      '--controllers=*,-node-ipam-controller,-node-route-controller,-cloud-node-lifecycle-controller',
      '--leader-elect=false',
      '--use-service-account-credentials=true',
      '--bind-address=127.0.0.1',
      '--concurrent-deployment-syncs=10',
      // the default of 20 requests a second makes the start, with a token for each controller, last seconds
      ...API_BUDGET,
    ],
  };
}

export function schedulerLine(spec: NodeSpec, directories: NodeDirectories): ProgramLine {
  return {
    name: 'kube-scheduler',
    argv: [
      spec.programs.kubeScheduler,
      `--kubeconfig=${path.join(directories.config, 'scheduler.kubeconfig')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      ...API_BUDGET,
    ],
  };
}

/** Where the kubelet keeps what it holds for pods. */
export function kubeletDirectory(directories: NodeDirectories): string {
  return path.join(directories.state, 'kubelet');
}

export function kubeletLine(spec: NodeSpec, directories: NodeDirectories): ProgramLine {
  return {
    name: 'kubelet',
    argv: [
      spec.programs.kubelet,
      `--config=${path.join(directories.config, 'kubelet.json')}`,
      `--kubeconfig=${path.join(directories.config, 'kubelet.kubeconfig')}`,
      `--root-dir=${kubeletDirectory(directories)}`,
      `--cert-dir=${path.join(directories.state, 'kubelet-pki')}`,
      `--hostname-override=${ADDRESSES.nodeName}`,
      `--node-ip=${nodeIp}`,
      '--v=1',
    ],
  };
}

export function kubeProxyLine(spec: NodeSpec, directories: NodeDirectories): ProgramLine {
  return {
    name: 'kube-proxy',
    argv: [spec.programs.kubeProxy, `--config=${path.join(directories.config, 'kube-proxy.json')}`, '--v=1'],
  };
}
