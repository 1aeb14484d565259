import { describe, expect, test } from 'vitest';
import { ADDRESSES } from '../addresses.ts';
import type { NodeSpec } from '../node-spec.ts';
import { kubeconfig, kubeletConfiguration, kubeProxyConfiguration, tokensCsv } from './program-files.ts';
import {
  apiServerLine,
  controllerManagerLine,
  etcdLine,
  kubeletLine,
  kubeProxyLine,
  schedulerLine,
} from './program-lines.ts';

const SPEC: NodeSpec = {
  hash: 'h',
  name: 'test',
  rootless: false,
  programs: {
    etcd: '/p/etcd',
    kubeApiserver: '/p/kube-apiserver',
    kubeControllerManager: '/p/kube-controller-manager',
    kubeScheduler: '/p/kube-scheduler',
    kubelet: '/p/kubelet',
    kubeProxy: '/p/kube-proxy',
    criStreaming: '/p/cri-streaming',
  },
  criProto: '/p/api.proto',
  catalogue: [],
  components: [],
  tokens: { admin: 't-admin', controllerManager: 't-kcm', scheduler: 't-sch', kubelet: 't-kubelet', kubeProxy: 't-kp' },
};
const DIRECTORIES = { state: '/s', config: '/c', certificates: '/s/certificates' };

describe('command lines', () => {
  test.each([
    ['/p/etcd', etcdLine(SPEC, DIRECTORIES)],
    ['/p/kube-apiserver', apiServerLine(SPEC, DIRECTORIES)],
    ['/p/kube-controller-manager', controllerManagerLine(SPEC, DIRECTORIES)],
    ['/p/kube-scheduler', schedulerLine(SPEC, DIRECTORIES)],
    ['/p/kubelet', kubeletLine(SPEC, DIRECTORIES)],
    ['/p/kube-proxy', kubeProxyLine(SPEC, DIRECTORIES)],
  ])('%s is the specified program, named after itself, with one flag per word', (program, { name, argv }) => {
    expect(argv[0]).toBe(program);
    expect(program).toBe(`/p/${name}`);
    for (const flag of argv.slice(1)) expect(flag).toMatch(/^--[a-z-]+(=\S+)?$/);
  });

  test('the API is advertised on the bridge, because Endpoints refuse loopback addresses', () => {
    const { argv } = apiServerLine(SPEC, DIRECTORIES);
    expect(argv).toContain(`--advertise-address=${ADDRESSES.nodeIp}`);
    expect(argv).toContain('--authorization-mode=Node,RBAC');
    expect(argv).toContain('--token-auth-file=/c/tokens.csv');
  });

  test('the API server finds etcd where etcd listens, and the key that signs is the key that verifies', () => {
    const flag = (argv: readonly string[], name: string) =>
      argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
    const api = apiServerLine(SPEC, DIRECTORIES).argv;
    expect(flag(api, 'etcd-servers')).toBe(flag(etcdLine(SPEC, DIRECTORIES).argv, 'listen-client-urls'));
    expect(flag(api, 'service-account-key-file')).toBe(flag(api, 'service-account-signing-key-file'));
    const manager = controllerManagerLine(SPEC, DIRECTORIES).argv;
    expect(flag(manager, 'service-account-private-key-file')).toBe(flag(api, 'service-account-signing-key-file'));
    expect(flag(manager, 'root-ca-file')).toBe(`${flag(api, 'cert-dir')}/apiserver.crt`);
  });

  test('controllers that need a cloud or hand out node ranges are off, and nobody waits for a leader', () => {
    const { argv } = controllerManagerLine(SPEC, DIRECTORIES);
    expect(argv.find((word) => word.startsWith('--controllers='))).toMatch(/^--controllers=\*,(-[a-z-]+,?)+$/);
    for (const line of [argv, schedulerLine(SPEC, DIRECTORIES).argv]) expect(line).toContain('--leader-elect=false');
  });
});

describe('kubelet and kube-proxy', () => {
  const files = {
    criSocket: '/x/cri.sock',
    podLogs: '/x/pods',
    resolvConf: '/x/resolv.conf',
    clientAuthority: '/x/ca.crt',
  };

  test('the kubelet asks our runtime and never evicts', () => {
    expect(kubeletConfiguration(SPEC, files)).toMatchObject({
      containerRuntimeEndpoint: 'unix:///x/cri.sock',
      clusterDNS: [ADDRESSES.dnsServiceIp],
      failSwapOn: false,
      evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    });
  });

  test('nobody is let in without a name, and a name is asked for its rights', () => {
    expect(kubeletConfiguration(SPEC, files)).toMatchObject({
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: true },
        x509: { clientCAFile: '/x/ca.crt' },
      },
      authorization: { mode: 'Webhook' },
    });
    const { argv } = apiServerLine(SPEC, DIRECTORIES);
    expect(argv).toContain('--kubelet-client-certificate=/c/kubelet-client.crt');
    expect(argv).toContain('--kubelet-client-key=/c/kubelet-client.key');
  });

  test('etcd listens at no port', () => {
    const { argv } = etcdLine(SPEC, DIRECTORIES);
    for (const word of argv.filter((each) => each.startsWith('--listen-'))) expect(word).toContain('=unix:///');
  });

  test('only a rootless node runs the kubelet for user namespaces', () => {
    const gates = (rootless: boolean) =>
      (kubeletConfiguration({ ...SPEC, rootless }, files) as { featureGates: Record<string, boolean> }).featureGates;
    expect(gates(false)).not.toHaveProperty('KubeletInUserNamespace');
    expect(gates(true)).toMatchObject({ KubeletInUserNamespace: true });
  });

  test('kube-proxy leaves conntrack of the host alone and knows this node by its name', () => {
    expect(kubeProxyConfiguration(DIRECTORIES)).toMatchObject({
      conntrack: { maxPerCore: 0, min: 0 },
      hostnameOverride: ADDRESSES.nodeName,
      clusterCIDR: ADDRESSES.podCidr,
    });
    expect(kubeletLine(SPEC, DIRECTORIES).argv).toContain(`--hostname-override=${ADDRESSES.nodeName}`);
  });
});

test('tokens: one identity for each component, the kubelet as its node', () => {
  expect(tokensCsv(SPEC).split('\n')).toEqual([
    't-admin,canaryproof-admin,admin,"system:masters"',
    't-kcm,system:kube-controller-manager,kcm,""',
    't-sch,system:kube-scheduler,scheduler,""',
    't-kubelet,system:node:local,kubelet,"system:nodes"',
    't-kp,system:kube-proxy,kube-proxy,""',
    '',
  ]);
});

test('a kubeconfig verifies the server by its own certificate, under the name it is made out to', () => {
  const config = JSON.parse(kubeconfig('canaryproof-test', 'https://127.0.0.1:4711', 't-admin', 'PEM\n'));
  expect(config['current-context']).toBe('canaryproof-test');
  expect(config.clusters).toEqual([
    {
      name: 'canaryproof-test',
      cluster: {
        server: 'https://127.0.0.1:4711',
        'tls-server-name': 'localhost',
        'certificate-authority-data': Buffer.from('PEM\n').toString('base64'),
      },
    },
  ]);
  expect(config.users).toEqual([{ name: 'canaryproof-test', user: { token: 't-admin' } }]);
  expect(config.contexts[0].context).toMatchObject({ cluster: 'canaryproof-test', user: 'canaryproof-test' });
});
