import { describe, expect, test } from 'vitest';
import { containerConfig, PRIVATE_NAMESPACES, resources, sandboxConfig, securityContext } from './cri-fixtures.ts';
import { containerShortfalls, podOwner, ShortfallLedger, sandboxShortfalls } from './cri-not-enforced.ts';

const AVAILABLE = ['CAP_NET_ADMIN', 'CAP_CHOWN', 'CAP_SYS_TIME'];

describe('the owner of a pod', () => {
  test.each([
    ['reviews-v1-5b8c9d7f4-x2x2x', { 'pod-template-hash': '5b8c9d7f4' }, 'reviews-v1'],
    ['web-6d5f-abcde', { 'rollouts-pod-template-hash': '6d5f' }, 'web'],
    ['db-0', { 'statefulset.kubernetes.io/pod-name': 'db-0', 'controller-revision-hash': 'db-1' }, 'db'],
    ['agent-x7k2p', { 'controller-revision-hash': '5f' }, 'agent'],
    ['load-abcde', { 'batch.kubernetes.io/job-name': 'load' }, 'load'],
    ['alone', {}, 'alone'],
  ])('%s with %j is %s', (name, labels, owner) => {
    expect(podOwner({ name, namespace: 'ns' }, labels)).toBe(`ns/${owner}`);
  });
});

const shortfalls = (parts: Parameters<typeof securityContext>[0], limits = {}) =>
  containerShortfalls(
    containerConfig({ linux: { resources: resources(limits), securityContext: securityContext(parts) } }),
    AVAILABLE,
  );

describe('containers', () => {
  test('nothing asked for, nothing reported', () => {
    expect(shortfalls({})).toEqual([]);
    expect(containerShortfalls(containerConfig(), AVAILABLE)).toEqual([]);
  });
  test('what is enforced is not reported', () => {
    expect(
      shortfalls({
        readonlyRootfs: true,
        noNewPrivs: true,
        runAsUser: { value: '5' },
        capabilities: { addCapabilities: ['NET_ADMIN'], dropCapabilities: ['ALL'] },
      }),
    ).toEqual([]);
  });
  test('limits are named with their size', () => {
    const texts = shortfalls({}, { cpuQuota: '50000', cpuPeriod: '100000', memoryLimitInBytes: '268435456' }).map(
      (s) => s.text,
    );
    expect(texts[0]).toContain('0.5 cores');
    expect(texts[1]).toContain('256 MiB');
  });
  test('limits that control groups enforce are not', () => {
    const config = containerConfig({
      linux: { resources: resources({ cpuQuota: '50000', memoryLimitInBytes: '1' }), securityContext: null },
    });
    expect(containerShortfalls(config, AVAILABLE, { cpu: true, memory: true })).toEqual([]);
  });
  test.each([
    ['seccomp', { seccomp: { profileType: 'RuntimeDefault', localhostRef: '' } }],
    ['apparmor', { apparmor: { profileType: 'Localhost', localhostRef: 'tight' } }],
    ['selinux', { selinuxOptions: { user: '', role: '', type: 'spc_t', level: '' } }],
    ['privileged', { privileged: true }],
    ['runAsUserName', { runAsUsername: 'web' }],
    ['CAP_SYS_TIME', { capabilities: { addCapabilities: ['SYS_TIME'], dropCapabilities: [] } }],
    ['CAP_BPF', { capabilities: { addCapabilities: ['bpf'], dropCapabilities: [] } }],
  ] as const)('%s is reported', (feature, parts) => {
    expect(shortfalls(parts as Parameters<typeof securityContext>[0]).map((s) => s.feature)).toEqual([feature]);
  });
  test('an unconfined profile asks for nothing', () => {
    expect(shortfalls({ seccomp: { profileType: 'Unconfined', localhostRef: '' } })).toEqual([]);
  });
  test('mounts that others cannot follow', () => {
    const config = containerConfig({
      mounts: [
        {
          containerPath: '/a',
          hostPath: '/x',
          readonly: false,
          propagation: 'PROPAGATION_BIDIRECTIONAL',
          recursiveReadOnly: false,
          image: null,
        },
        {
          containerPath: '/b',
          hostPath: '',
          readonly: true,
          propagation: 'PROPAGATION_PRIVATE',
          recursiveReadOnly: false,
          image: { image: 'model' },
        },
      ],
    });
    expect(containerShortfalls(config, AVAILABLE).map((s) => s.feature)).toEqual([
      'mountPropagation /a',
      'image volume /b',
    ]);
  });
});

describe('sandboxes', () => {
  const ports = [
    { protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp: '' },
    { protocol: 'TCP', containerPort: 81, hostPort: 0, hostIp: '' },
  ];
  const withNetwork = (network: 'POD' | 'NODE') =>
    sandboxConfig({
      portMappings: ports,
      linux: { sysctls: {}, securityContext: { namespaceOptions: { ...PRIVATE_NAMESPACES, network } } },
    });

  test('host ports are reported, but not for a pod on the node’s network', () => {
    expect(sandboxShortfalls(withNetwork('POD')).map((s) => s.feature)).toEqual(['hostPort 8080']);
    expect(sandboxShortfalls(withNetwork('NODE'))).toEqual([]);
  });
});

test('the ledger says each thing once per owner, container and feature', () => {
  const heard: string[] = [];
  const ledger = new ShortfallLedger((sentence) => heard.push(sentence));
  const shortfall = { feature: 'seccomp', text: 'no filter' };
  ledger.add('ns/web', 'app', [shortfall]);
  ledger.add('ns/web', 'app', [{ ...shortfall, text: 'other words' }]);
  ledger.add('ns/web', 'proxy', [shortfall]);
  ledger.add('ns/db', undefined, [shortfall]);
  expect(heard).toEqual(['ns/web, container app: no filter', 'ns/web, container proxy: no filter', 'ns/db: no filter']);
  expect(ledger.sentences()).toEqual(heard);
});
