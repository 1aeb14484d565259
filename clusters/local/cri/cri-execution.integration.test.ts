/** Exec, logs, statistics and streaming of real containers, over the CRI socket and the streaming URLs. */
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PRIVATE_NAMESPACES, resources, securityContext } from './cri-fixtures.ts';
import { testPods } from './cri-test-pods.ts';
import { startTestbed, type Testbed } from './cri-testbed.ts';

let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
});
afterAll(() => bed.close());
const { root, runSandbox, runContainer, ended, log, outputOf, exec, removePod } = testPods(() => bed);

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
    expect((await exec(container, 'head -c 20000000 /dev/zero')).stdout).toHaveLength(8 * 1024 * 1024 - 64 * 1024);
    await expect(exec(container, 'sleep 30 & sleep 30', 1)).rejects.toMatchObject({ code: 4 });
    expect((await exec(container, 'ps ax')).stdout).not.toContain('sleep 30');
    await bed.call('StopContainer', { containerId: container, timeout: '0' });
    await expect(exec(container, 'true')).rejects.toMatchObject({ code: 9 });
    await removePod(sandbox);
  });

  test('listeners of a pod queue no more connections than can be served in time', async () => {
    const sandbox = await runSandbox('queues');
    const container = await runContainer(sandbox, 'sleep 1000');
    expect((await exec(container, 'cat /proc/sys/net/core/somaxconn')).stdout).toBe('512\n');
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
    const spin = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done';
    const container = await runContainer(sandbox, `sh -c '${spin}'; echo spun; sleep 1000 & wait`);
    await expect.poll(() => outputOf('busy'), { timeout: 20_000 }).toBe('spun\n');
    const usage = (await bed.call('ContainerStats', { containerId: container })).stats;
    expect(Number(usage.cpu.usageCoreNanoSeconds.value)).toBeGreaterThan(100_000_000);
    expect(Number(usage.memory.workingSetBytes.value)).toBeGreaterThan(100_000);
    const sandboxStats = async () =>
      (await bed.call('ListPodSandboxStats', { filter: { id: sandbox, labelSelector: {} } })).stats[0].linux;
    await expect.poll(async () => (await sandboxStats()).process.processCount.value).toBe('2');
    expect((await sandboxStats()).network.defaultInterface.name).toBe('eth0');
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
