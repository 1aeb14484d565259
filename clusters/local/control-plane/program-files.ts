/** What the control plane and node programs read from files: pure, one place for every setting and its reason. */
import path from 'node:path';
import { ADDRESSES } from '../addresses.ts';
import type { NodeSpec } from '../node-spec.ts';
import type { NodeDirectories } from './program-lines.ts';

export function kubeletConfiguration(
  spec: NodeSpec,
  files: {
    readonly criSocket: string;
    readonly podLogs: string;
    readonly resolvConf: string;
    readonly clientAuthority: string;
  },
): object {
  const none = '0%';
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: ADDRESSES.nodeIp,
    // every pod reaches it: the API server shows a certificate, others a token that the API server knows and allows
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: files.clientAuthority },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${files.criSocket}`,
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    localStorageCapacityIsolation: false,
    podLogsDir: files.podLogs,
    resolvConf: files.resolvConf,
    clusterDNS: [ADDRESSES.dnsServiceIp],
    clusterDomain: 'cluster.local',
    maxPods: 200,
    // ConfigMap and Secret changes reach pods within this time instead of a minute
    syncFrequency: '2s',
    nodeStatusUpdateFrequency: '4s',
    fileCheckFrequency: '20s',
    httpCheckFrequency: '20s',
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 100,
    kubeAPIBurst: 200,
    // a crash loop must be seen by a test in seconds
    crashLoopBackOff: { maxContainerRestartPeriod: '2s' },
    // the host's disk and memory are the host's business: never evict
    evictionHard: {
      'memory.available': none,
      'nodefs.available': none,
      'nodefs.inodesFree': none,
      'imagefs.available': none,
      'imagefs.inodesFree': none,
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    registerNode: true,
    featureGates: {
      KubeletCrashLoopBackOffMax: true,
      ...(spec.rootless ? { KubeletInUserNamespace: true } : {}),
    },
  };
}

export function kubeProxyConfiguration(directories: NodeDirectories): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: path.join(directories.config, 'kube-proxy.kubeconfig') },
    hostnameOverride: ADDRESSES.nodeName,
    clusterCIDR: ADDRESSES.podCidr,
    detectLocalMode: 'ClusterCIDR',
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    // 0 leaves the host's conntrack settings alone
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    iptables: { minSyncPeriod: '0s', syncPeriod: '30s' },
    nftables: { minSyncPeriod: '0s', syncPeriod: '30s' },
  };
}

/** Static token file of the API server: one identity per component, as kubeadm's certificates would give. */
export function tokensCsv(spec: NodeSpec): string {
  const { tokens } = spec;
  const rows = [
    [tokens.admin, 'canaryproof-admin', 'admin', 'system:masters'],
    [tokens.controllerManager, 'system:kube-controller-manager', 'kcm', ''],
    [tokens.scheduler, 'system:kube-scheduler', 'scheduler', ''],
    [tokens.kubelet, `system:node:${ADDRESSES.nodeName}`, 'kubelet', 'system:nodes'],
    [tokens.kubeProxy, 'system:kube-proxy', 'kube-proxy', ''],
  ];
  return `${rows.map(([token, user, uid, groups]) => `${token},${user},${uid},"${groups}"`).join('\n')}\n`;
}

/** A kubeconfig for one identity. `caData` is PEM; the serving certificate is made out to `localhost`. */
export function kubeconfig(context: string, server: string, token: string, caData: string): string {
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': context,
      clusters: [
        {
          name: context,
          cluster: {
            server,
            'tls-server-name': 'localhost',
            'certificate-authority-data': Buffer.from(caData).toString('base64'),
          },
        },
      ],
      users: [{ name: context, user: { token } }],
      contexts: [{ name: context, context: { cluster: context, user: context, namespace: 'default' } }],
    },
    null,
    2,
  )}\n`;
}
