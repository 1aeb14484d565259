/**
 * Fixed addresses inside a cluster's own network namespace. Every local cluster has the same ones: they never meet,
 * because nothing of a cluster reaches the host's network but the loopback forwards of its supervisor.
 */
export const ADDRESSES = {
  nodeName: 'local',
  bridge: 'br0',
  nodeIp: '10.244.0.1',
  nodeCidr: '10.244.0.1/24',
  podCidr: '10.244.0.0/24',
  serviceCidr: '10.96.0.0/16',
  dnsServiceIp: '10.96.0.10',
  ingressServiceIp: '10.96.0.80',
  prometheusServiceIp: '10.96.0.90',
  apiPort: 6443,
  etcdClientPort: 2379,
  etcdPeerPort: 2380,
  gitPort: 3000,
} as const;

/** What the supervisor forwards from the host's loopback, by name. */
export const FORWARDS = {
  api: { host: '127.0.0.1', port: ADDRESSES.apiPort },
  ingress: { host: ADDRESSES.ingressServiceIp, port: 80 },
  prometheus: { host: ADDRESSES.prometheusServiceIp, port: 9090 },
} as const;
