/** The container runtime end to end, without a kubelet: real namespaces, real processes, the CRI over its socket. */
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerConfig, PRIVATE_NAMESPACES, resources, sandboxConfig, securityContext } from './cri-fixtures.ts';
import type { ContainerConfig, LinuxContainerSecurityContext, Mount, NamespaceOption } from './cri-messages.ts';
import { startTestbed, type Testbed } from './cri-testbed.ts';

let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
});
afterAll(() => bed.close());

const root = () => path.join(bed.directory, 'pods');

async function runSandbox(name: string, namespaces: Partial<NamespaceOption> = {}): Promise<string> {
  const config = sandboxConfig({
    metadata: { name, uid: name, namespace: 'default', attempt: 0 },
    hostname: name,
    logDirectory: path.join(root(), name),
    dnsConfig: { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local'], options: ['ndots:5'] },
    linux: {
      sysctls: { 'net.ipv4.tcp_keepalive_time': '123' },
      securityContext: { namespaceOptions: { ...PRIVATE_NAMESPACES, ...namespaces } },
    },
  });
  return (await bed.call('RunPodSandbox', { config })).podSandboxId;
}

interface Wish extends Partial<ContainerConfig> {
  readonly security?: Partial<LinuxContainerSecurityContext>;
}

async function runContainer(podSandboxId: string, script: string, wish: Wish = {}): Promise<string> {
  const { security = {}, ...parts } = wish;
  const name = parts.metadata?.name ?? 'main';
  const linux = {
    resources: resources(),
    securityContext: securityContext({ namespaceOptions: PRIVATE_NAMESPACES, ...security }),
  };
  const config = containerConfig({ args: [script], logPath: `${name}.log`, linux, ...parts });
  const { containerId } = await bed.call('CreateContainer', { podSandboxId, config });
  await bed.call('StartContainer', { containerId });
  return containerId;
}

const statusOf = async (containerId: string) => (await bed.call('ContainerStatus', { containerId })).status;
const ended = (containerId: string) =>
  expect.poll(async () => (await statusOf(containerId)).state, { timeout: 10_000 }).toBe('CONTAINER_EXITED');
const log = async (pod: string, container = 'main') => readFile(path.join(root(), pod, `${container}.log`), 'utf8');
const outputOf = async (pod: string) => (await log(pod)).replaceAll(/^\S+ std(out|err) [FP] /gm, '');
const exec = async (containerId: string, script: string, timeout = 10) => {
  const answer = await bed.call('ExecSync', { containerId, cmd: ['/bin/sh', '-c', script], timeout: String(timeout) });
  return { stdout: answer.stdout.toString(), stderr: answer.stderr.toString(), exitCode: answer.exitCode };
};
const removePod = async (podSandboxId: string) => {
  await bed.call('StopPodSandbox', { podSandboxId });
  await bed.call('RemovePodSandbox', { podSandboxId });
};
/** Runs one script to its end in a pod of its own and gives what it printed. */
async function outputOfRun(pod: string, script: string, wish: Wish = {}): Promise<string> {
  const sandbox = await runSandbox(pod);
  await ended(await runContainer(sandbox, script, wish));
  const output = await outputOf(pod);
  await removePod(sandbox);
  return output;
}

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
      'wc -c < /etc/shadow; echo 1 > /proc/sys/kernel/panic; echo 1 > /proc/sys/net/ipv4/ip_forward; echo b > /proc/sysrq-trigger; touch /usr/written && echo written; mknod /tmp/disk b 254 0 || echo no device',
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
    const seven = await runContainer(sandbox, 'exit 7', named('seven'));
    await ended(seven);
    expect(await statusOf(seven)).toMatchObject({ exitCode: 7, reason: 'Error' });
    const polite = await runContainer(sandbox, 'trap "exit 3" TERM; sleep 100 & wait', named('polite'));
    await bed.call('StopContainer', { containerId: polite, timeout: '20' });
    expect((await statusOf(polite)).exitCode).toBe(3);
    const deaf = await runContainer(sandbox, 'trap "" TERM; sleep 100 & wait; sleep 100', named('deaf'));
    const started = performance.now();
    await bed.call('StopContainer', { containerId: deaf, timeout: '1' });
    expect(performance.now() - started).toBeGreaterThan(990);
    expect((await statusOf(deaf)).exitCode).toBe(137);
    const usr1 = await runContainer(sandbox, 'trap "exit 9" USR1; sleep 100 & wait', {
      ...named('usr1'),
      stopSignal: 'SIGUSR1',
    });
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

describe('exec, logs and statistics', () => {
  test('ExecSync: streams, exit code, time limit, the container’s user', async () => {
    const sandbox = await runSandbox('execs');
    const container = await runContainer(sandbox, 'sleep 1000', {
      image: { image: 'someone', userSpecifiedImage: '' },
    });
    expect(await exec(container, 'id -u; hostname; echo problem >&2; exit 4')).toEqual({
      stdout: '1234\nexecs\n',
      stderr: 'problem\n',
      exitCode: 4,
    });
    expect((await exec(container, 'head -c 20000000 /dev/zero')).stdout).toHaveLength(16 * 1024 * 1024);
    await expect(exec(container, 'sleep 30 & sleep 30', 1)).rejects.toMatchObject({ code: 4 });
    expect((await exec(container, 'ps ax')).stdout).not.toContain('sleep 30');
    await bed.call('StopContainer', { containerId: container, timeout: '0' });
    await expect(exec(container, 'true')).rejects.toMatchObject({ code: 9 });
    await removePod(sandbox);
  });

  test('a log goes on in a new file after rotation', async () => {
    const sandbox = await runSandbox('rotates');
    const container = await runContainer(
      sandbox,
      'echo before; while ! test -e /tmp/go; do sleep 0.05; done; echo after; printf unfinished',
    );
    await expect.poll(() => log('rotates')).toContain('before');
    const file = path.join(root(), 'rotates', 'main.log');
    await rename(file, `${file}.1`);
    await bed.call('ReopenContainerLog', { containerId: container });
    await exec(container, 'touch /tmp/go');
    await ended(container);
    expect(await readFile(file, 'utf8')).toMatch(/^\S+Z stdout F after\n\S+Z stdout F unfinished\n$/);
    expect(await readFile(`${file}.1`, 'utf8')).toMatch(/^\S+Z stdout F before\n$/);
    await removePod(sandbox);
  });

  test('statistics count the whole process tree, ended children included', async () => {
    const sandbox = await runSandbox('busy');
    const spin = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done';
    const container = await runContainer(
      sandbox,
      `sh -c "${spin.replaceAll('$', '\\$')}"; sh -c "${spin.replaceAll('$', '\\$')}; sleep 1000" & wait; sleep 1000`,
    );
    const usage = async () => (await bed.call('ContainerStats', { containerId: container })).stats;
    await expect.poll(async () => (await exec(container, 'ps ax')).stdout, { timeout: 20_000 }).toContain('sleep 1000');
    const { cpu, memory } = await usage();
    expect(Number(cpu.usageCoreNanoSeconds.value)).toBeGreaterThan(100_000_000);
    expect(Number(memory.workingSetBytes.value)).toBeGreaterThan(100_000);
    const { stats } = await bed.call('ListPodSandboxStats', { filter: { id: sandbox, labelSelector: {} } });
    expect(stats[0].linux.process.processCount.value).toBe('3');
    expect(stats[0].linux.network.defaultInterface.name).toBe('eth0');
    await removePod(sandbox);
  });

  test('what is not enforced is said', async () => {
    const sandbox = await runSandbox('asks');
    await ended(
      await runContainer(sandbox, 'true', {
        linux: {
          resources: resources({ memoryLimitInBytes: '1048576' }),
          securityContext: securityContext({ namespaceOptions: PRIVATE_NAMESPACES }),
        },
      }),
    );
    await expect
      .poll(() => bed.notEnforced().catch(() => []))
      .toContain(
        'default/asks, container app: the memory limit (1 MiB) is not enforced; nothing is killed for using more',
      );
    await removePod(sandbox);
  });
});

describe('streaming', () => {
  test('exec with input, exit code and both streams', async () => {
    const sandbox = await runSandbox('streams');
    const containerId = await runContainer(sandbox, 'sleep 1000');
    const cmd = ['/bin/sh', '-c', 'read line; echo got $line; echo problem >&2; exit 3'];
    const { url } = await bed.call('Exec', { containerId, cmd, tty: false, stdin: true, stdout: true, stderr: true });
    const session = await bed.stream(url, 'typed\n');
    expect(session).toMatchObject({ stdout: 'got typed\n', stderr: 'problem\n' });
    expect(session.status.details.causes).toEqual([{ reason: 'ExitCode', message: '3' }]);
    await removePod(sandbox);
  });

  test('exec with a terminal of the container’s own', async () => {
    const sandbox = await runSandbox('terminal');
    const containerId = await runContainer(sandbox, 'sleep 1000', {
      image: { image: 'someone', userSpecifiedImage: '' },
    });
    const cmd = [
      '/bin/sh',
      '-c',
      'tty; test -t 0 -a -t 1 -a -t 2 && echo terminal; echo $TERM; echo > $(tty) && echo writable',
    ];
    const { url } = await bed.call('Exec', { containerId, cmd, tty: true, stdin: true, stdout: true, stderr: false });
    const session = await bed.stream(url);
    expect(session.stdout).toMatch(/^\/dev\/pts\/\d+\r\nterminal\r\nxterm\r\n\r\nwritable\r\n$/);
    expect(session.status.status).toBe('Success');
    await removePod(sandbox);
  });

  test('attach types into a container that reads once', async () => {
    const sandbox = await runSandbox('attached');
    const containerId = await runContainer(sandbox, 'read line; echo attached got $line', {
      stdin: true,
      stdinOnce: true,
    });
    const { url } = await bed.call('Attach', { containerId, tty: false, stdin: true, stdout: true, stderr: true });
    expect((await bed.stream(url, 'hello\n')).stdout).toBe('attached got hello\n');
    await ended(containerId);
    expect(await outputOf('attached')).toBe('attached got hello\n');
    await removePod(sandbox);
  });

  test('port-forward reaches the pod’s loopback', async () => {
    const sandbox = await runSandbox('forwarded');
    const server = `require('net').createServer((s) => s.once('data', (d) => s.end('echo ' + d))).listen(8000, '127.0.0.1', () => console.log('up'))`;
    await runContainer(sandbox, '', {
      image: { image: 'registry.example/node:1', userSpecifiedImage: '' },
      args: ['-e', server],
    });
    await expect.poll(() => outputOf('forwarded').catch(() => ''), { timeout: 10_000 }).toBe('up\n');
    const { url } = await bed.call('PortForward', { podSandboxId: sandbox, port: [8000] });
    expect((await bed.stream(`${url}?port=8000`, 'ping')).stdout).toBe('echo ping');
    await removePod(sandbox);
  });
});

test('when its program is killed, pods are given up and new ones can be started', async () => {
  const sandbox = await runSandbox('victim');
  const container = await runContainer(sandbox, 'sleep 1000');
  const pids = (await bed.inNode(['pgrep', '-f', 'cri-streaming -state'])).stdout.trim().split('\n');
  await bed.inNode(['kill', '-9', pids[0]!]);
  await ended(container);
  await expect
    .poll(async () => (await bed.call('Status', {})).status.conditions.map((c: { status: boolean }) => c.status), {
      timeout: 10_000,
    })
    .toEqual([true, true]);
  expect((await bed.call('PodSandboxStatus', { podSandboxId: sandbox })).status.state).toBe('SANDBOX_NOTREADY');
  await removePod(sandbox);
  expect(await outputOfRun('afterwards', 'echo alive')).toBe('alive\n');
  expect((await bed.inNode(['ps', 'ax'])).stdout).not.toContain('sleep 1000');
});
