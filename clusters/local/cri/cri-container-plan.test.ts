import { describe, expect, test } from 'vitest';
import {
  commandLine,
  environment,
  pidNamespaceOf,
  planProcess,
  planRoot,
  resolverConfiguration,
} from './cri-container-plan.ts';
import { containerConfig, PRIVATE_NAMESPACES, securityContext } from './cri-fixtures.ts';
import type { Mount } from './cri-messages.ts';

const sandbox = { hostname: 'web-1', directory: '/state/sandboxes/1', sharedMemory: '/state/sandboxes/1/shm' };

describe('the command line', () => {
  const image = { image: 'x', entrypoint: ['entry'], cmd: ['default'] };
  test.each([
    [[], [], ['entry', 'default']],
    [[], ['arg'], ['entry', 'arg']],
    [['command'], [], ['command']],
    [['command'], ['arg'], ['command', 'arg']],
  ])('command %j and args %j give %j', (command, args, expected) => {
    expect(commandLine({ command, args }, image)).toEqual(expected);
  });
});

describe('the environment', () => {
  test('the manifest’s variables win over the image’s, and those over the built-in ones', () => {
    const config = {
      envs: [
        { key: 'A', value: 'manifest' },
        { key: 'EMPTY', value: '' },
      ],
    };
    const image = { image: 'x', env: { A: 'image', HOME: '/tmp' } };
    expect(environment(config, image, { hostname: 'web-1', uid: 0 }).sort()).toEqual([
      'A=manifest',
      'EMPTY=',
      'HOME=/tmp',
      'HOSTNAME=web-1',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ]);
  });
  test('nothing of this process’s own environment is in it', () => {
    const names = environment({ envs: [] }, { image: 'x' }, { hostname: '', uid: 7 }).map((v) => v.split('=')[0]);
    expect(names.sort()).toEqual(['HOME', 'PATH']);
  });
});

test('a process plan puts it together', () => {
  const config = containerConfig({
    command: ['run'],
    tty: true,
    linux: { resources: null, securityContext: securityContext({ runAsUser: { value: '5' } }) },
  });
  expect(planProcess(config, { image: 'x', workingDir: '/app' }, sandbox, [])).toMatchObject({
    argv: ['run'],
    cwd: '/app',
    terminal: true,
    credentials: { uid: 5, gid: 0, capabilities: [] },
  });
});

describe('the root', () => {
  const mount = (containerPath: string, parts: Partial<Mount> = {}): Mount => ({
    containerPath,
    hostPath: `/host${containerPath}`,
    readonly: false,
    propagation: 'PROPAGATION_PRIVATE',
    recursiveReadOnly: false,
    image: null,
    ...parts,
  });

  test('has the image’s files, then the pod’s, then volumes with parents first', () => {
    const config = containerConfig({
      mounts: [mount('/data/inner', { readonly: true }), mount('/data'), mount('/etc/hosts')],
    });
    const plan = planRoot(config, { image: 'x', files: { '/usr/local/bin/app': '/programs/app' } }, sandbox);
    expect(plan.mounts.map(({ containerPath, readOnly }) => [containerPath, readOnly])).toEqual([
      ['/usr/local/bin/app', true],
      ['/etc/resolv.conf', false],
      ['/etc/hostname', false],
      ['/data', false],
      ['/data/inner', true],
      ['/etc/hosts', false],
    ]);
  });
  test('an image volume is not mounted', () => {
    const config = containerConfig({ mounts: [mount('/model', { image: { image: 'registry.example/model' } })] });
    expect(planRoot(config, { image: 'x' }, sandbox).mounts.map((m) => m.containerPath)).not.toContain('/model');
  });
  test.each([
    [securityContext(), false],
    [securityContext({ privileged: true }), true],
    [securityContext({ capabilities: { addCapabilities: ['cap_net_admin'], dropCapabilities: [] } }), true],
    [securityContext({ capabilities: { addCapabilities: ['ALL'], dropCapabilities: [] } }), true],
  ])('network settings are writable only for who may administer the network', (security, writable) => {
    const config = containerConfig({ linux: { resources: null, securityContext: security } });
    expect(planRoot(config, { image: 'x' }, sandbox).writableNetSysctls).toBe(writable);
  });
});

test('pid namespaces', () => {
  expect(pidNamespaceOf(null)).toBe('own');
  expect(pidNamespaceOf(PRIVATE_NAMESPACES)).toBe('own');
  expect(pidNamespaceOf({ ...PRIVATE_NAMESPACES, pid: 'POD' })).toBe('pod');
  expect(pidNamespaceOf({ ...PRIVATE_NAMESPACES, pid: 'NODE' })).toBe('node');
  expect(pidNamespaceOf({ ...PRIVATE_NAMESPACES, pid: 'TARGET', targetId: 'abc' })).toBe('abc');
});

test('resolv.conf', () => {
  expect(resolverConfiguration(null)).toBe('\n');
  expect(
    resolverConfiguration({ servers: ['10.96.0.10', '1.1.1.1'], searches: ['a', 'b'], options: ['ndots:5'] }),
  ).toBe('nameserver 10.96.0.10\nnameserver 1.1.1.1\nsearch a b\noptions ndots:5\n');
});
