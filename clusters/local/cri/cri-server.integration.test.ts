/** The container runtime without a kubelet: real namespaces, real processes, the CRI over its socket. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PRIVATE_NAMESPACES } from './cri-fixtures.ts';
import type { Mount } from './cri-messages.ts';
import { testPods } from './cri-test-pods.ts';
import { startTestbed, type Testbed } from './cri-testbed.ts';

let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
});
afterAll(() => bed.close());
const { runSandbox, runContainer, statusOf, ended, log, outputOf, exec, removePod, outputOfRun } = testPods(() => bed);

describe('a container', () => {
  test('is alone: its own root, host name, network, processes and environment', async () => {
    const output = await outputOfRun(
      'alone',
      'hostname; cat /etc/resolv.conf; ls -A /root /home /tmp; echo pid $$; env | sort; ip -4 -br addr show eth0; cat /proc/sys/net/ipv4/tcp_keepalive_time; ls /.old',
    );
    expect(output).toContain('alone\nnameserver 10.96.0.10\nsearch default.svc.cluster.local\noptions ndots:5\n');
    expect(output).toContain('/home:\n\n/root:\n\n/tmp:\npid 1\n');
    expect(output).toMatch(/HOME=\/root\nHOSTNAME=alone\nPATH=[^\n]*\nPWD=\/\n/);
    expect(output).toMatch(/eth0@\S+\s+UP\s+10\.244\.0\.\d+\/24/);
    expect(output).toContain('\n123\n');
    expect(output).toContain("cannot access '/.old'");
  });

  test('cannot read the host’s secrets or write its kernel settings, and what it writes stays inside', async () => {
    const output = await outputOfRun(
      'contained',
      'wc -c < /etc/shadow; echo 1 > /proc/sys/kernel/panic; echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/irq/default_smp_affinity; touch /usr/written && echo written; mknod /tmp/disk b 254 0 || echo no device',
    );
    expect(output).toMatch(/^0\n/);
    expect(output.match(/Read-only file system/g)).toHaveLength(3);
    expect(output).toContain('written\n');
    expect(output).toContain('no device');
    await expect(stat('/usr/written')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('with NET_ADMIN may set its own network’s settings, and no others', async () => {
    const output = await outputOfRun(
      'admin',
      'echo 1 > /proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/kernel/panic',
      {
        security: { capabilities: { addCapabilities: ['NET_ADMIN'], dropCapabilities: [] } },
      },
    );
    expect(output).toMatch(/^1\n/);
    expect(output).toContain('Read-only file system');
  });

  test('runs as the user, groups and capabilities that were asked for, on a read-only root', async () => {
    const output = await outputOfRun(
      'restricted',
      'id -u; id -g; id -G; grep -E "CapBnd|CapEff|NoNewPrivs" /proc/self/status; touch /usr/x; touch /tmp/x; echo GREETING=$GREETING; echo opened > /dev/stdout',
      {
        image: { image: 'someone', userSpecifiedImage: 'someone' },
        security: {
          supplementalGroups: ['2000', '2001'],
          readonlyRootfs: true,
          noNewPrivs: true,
          capabilities: { addCapabilities: ['NET_BIND_SERVICE'], dropCapabilities: ['ALL'] },
        },
      },
    );
    expect(output).toMatch(/^1234\n1235\n1235 2000 2001\n/);
    expect(output).toMatch(/CapEff:\s+0{16}\nCapBnd:\s+0{13}400\nNoNewPrivs:\s+1\n/);
    expect(output.match(/Read-only file system/g)).toHaveLength(2);
    expect(output).toContain('GREETING=from the image\nopened\n');
  });

  test('sees its volumes, read-only where asked, through links of the image', async () => {
    const source = path.join(bed.directory, 'volume');
    await writeFile(source, 'from the host\n');
    const mount = (parts: Partial<Mount>): Mount => ({
      containerPath: '',
      hostPath: source,
      readonly: false,
      propagation: 'PROPAGATION_PRIVATE',
      recursiveReadOnly: false,
      image: null,
      ...parts,
    });
    const made = path.join(bed.directory, 'made', 'on', 'demand');
    const output = await outputOfRun(
      'volumes',
      'cat /run/secrets/token /etc/added; echo x > /etc/added; echo kept > /data/kept; ls /proc/self/root/var/run/secrets',
      {
        mounts: [
          mount({ containerPath: '/var/run/secrets/token', readonly: true }),
          mount({ containerPath: '/etc/added', readonly: true }),
          mount({ containerPath: '/data', hostPath: made }),
        ],
      },
    );
    expect(output).toMatch(/^from the host\nfrom the host\n/);
    expect(output).toContain('Read-only file system');
    expect(output).toContain('token');
    expect(await readFile(path.join(made, 'kept'), 'utf8')).toBe('kept\n');
  });
});

describe('life', () => {
  test('exit codes, signals, and the grace period', async () => {
    const sandbox = await runSandbox('ends');
    const named = (name: string) => ({ metadata: { name, attempt: 0 } });
    const ready = (name: string) => expect.poll(() => log('ends', name).catch(() => '')).toContain('ready');
    const seven = await runContainer(sandbox, 'exit 7', named('seven'));
    await ended(seven);
    expect(await statusOf(seven)).toMatchObject({ exitCode: 7, reason: 'Error' });
    const polite = await runContainer(sandbox, 'trap "exit 3" TERM; echo ready; sleep 100 & wait', named('polite'));
    await ready('polite');
    await bed.call('StopContainer', { containerId: polite, timeout: '20' });
    expect((await statusOf(polite)).exitCode).toBe(3);
    const deaf = await runContainer(sandbox, 'trap "" TERM; echo ready; sleep 100 & wait; sleep 100', named('deaf'));
    await ready('deaf');
    const started = performance.now();
    await bed.call('StopContainer', { containerId: deaf, timeout: '1' });
    expect(performance.now() - started).toBeGreaterThan(990);
    expect((await statusOf(deaf)).exitCode).toBe(137);
    const usr1 = await runContainer(sandbox, 'trap "exit 9" USR1; echo ready; sleep 100 & wait', {
      ...named('usr1'),
      stopSignal: 'SIGUSR1',
    });
    await ready('usr1');
    await bed.call('StopContainer', { containerId: usr1, timeout: '20' });
    expect((await statusOf(usr1)).exitCode).toBe(9);
    await removePod(sandbox);
  });

  test('a program that is not there fails the start and leaves nothing', async () => {
    const sandbox = await runSandbox('missing');
    await expect(runContainer(sandbox, '', { command: ['/no/such/program'] })).rejects.toThrow(
      /exec \/no\/such\/program: no such file/,
    );
    await expect(runContainer(sandbox, '', { command: ['no-such-program'] })).rejects.toThrow(
      /no-such-program.*not found/,
    );
    const { containers } = await bed.call('ListContainers', { filter: { podSandboxId: sandbox, labelSelector: {} } });
    expect(containers.map(({ state }: { state: string }) => state)).toEqual(['CONTAINER_EXITED', 'CONTAINER_EXITED']);
    expect((await bed.inNode(['find', path.join(bed.directory, 'state', 'containers'), '-mindepth', '1'])).stdout).toBe(
      '',
    );
    await removePod(sandbox);
  });

  test('an unknown image is refused with a hint', async () => {
    await expect(bed.call('PullImage', { image: { image: 'shel:1' } })).rejects.toMatchObject({
      code: 5,
      details: expect.stringContaining('the nearest it has is shell'),
    });
    expect((await bed.call('ImageStatus', { image: { image: 'shel:1' } })).image).toBeNull();
    expect((await bed.call('ImageStatus', { image: { image: 'someone' } })).image.uid).toEqual({ value: '1234' });
  });

  test('removing pods removes namespaces, devices and files; addresses are not used again at once', async () => {
    const sandboxes = await Promise.all(['one', 'two', 'three'].map((name) => runSandbox(name)));
    const addresses = await Promise.all(
      sandboxes.map(async (podSandboxId) => (await bed.call('PodSandboxStatus', { podSandboxId })).status.network.ip),
    );
    expect(new Set(addresses).size).toBe(3);
    await Promise.all(
      sandboxes.map((sandbox, index) => runContainer(sandbox, 'sleep 1000', { logPath: `${index}.log` })),
    );
    await Promise.all(sandboxes.map(removePod));
    const left = await bed.inNode([
      'sh',
      '-c',
      `ip -br link; ls /run/netns ${bed.directory}/state/sandboxes ${bed.directory}/state/containers; ps ax`,
    ]);
    expect(left.stdout).not.toContain('cpv');
    expect(left.stdout).not.toContain('sleep 1000');
    const [next] = await Promise.all([runSandbox('next')]);
    const { status } = await bed.call('PodSandboxStatus', { podSandboxId: next });
    expect(addresses).not.toContain(status.network.ip);
    await removePod(next!);
    await bed.call('StopPodSandbox', { podSandboxId: next });
    await bed.call('RemovePodSandbox', { podSandboxId: next });
  });

  test('a pod on the node’s network and processes leaves no process behind', async () => {
    const node = { network: 'NODE', pid: 'NODE' } as const;
    const sandbox = await runSandbox('host', node);
    const container = await runContainer(sandbox, '(setsid sleep 4321 &); ip -br addr show br0; sleep 1000', {
      security: { namespaceOptions: { ...PRIVATE_NAMESPACES, ...node } },
    });
    await expect.poll(() => outputOf('host')).toContain('10.244.0.1/24');
    await expect.poll(async () => (await bed.inNode(['ps', 'ax'])).stdout).toContain('sleep 4321');
    await bed.call('StopContainer', { containerId: container, timeout: '0' });
    expect((await bed.inNode(['ps', 'ax'])).stdout).not.toContain('sleep 4321');
    await removePod(sandbox);
  });

  test('containers of a pod can share their processes', async () => {
    const shared = { pid: 'POD' } as const;
    const sandbox = await runSandbox('shared', shared);
    const security = { namespaceOptions: { ...PRIVATE_NAMESPACES, ...shared } };
    await runContainer(sandbox, 'sleep 4322', { metadata: { name: 'first', attempt: 0 }, security });
    const second = await runContainer(sandbox, 'sleep 1000', { metadata: { name: 'second', attempt: 0 }, security });
    const { stdout } = await exec(second, 'ps ax');
    expect(stdout).toContain('sleep 4322');
    expect(stdout).toMatch(/^\s*1 .*cri-pause/m);
    await removePod(sandbox);
    expect((await bed.inNode(['ps', 'ax'])).stdout).not.toContain('cri-pause');
  });
});
