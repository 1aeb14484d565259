/** The container runtime where things are missing: no overlay mounts, no rights outside a user namespace, a killed program. */
import { expect, test } from 'vitest';
import { testPods } from './cri-test-pods.ts';
import { startTestbed, type Testbed, type TestbedOptions } from './cri-testbed.ts';

async function withTestbed(
  options: TestbedOptions,
  work: (bed: Testbed, pods: ReturnType<typeof testPods>) => Promise<void>,
) {
  const bed = await startTestbed(options);
  try {
    await work(
      bed,
      testPods(() => bed),
    );
  } finally {
    await bed.close();
  }
}

test('without overlay mounts the userland is read-only, and image files still have their places', () =>
  withTestbed({ overlay: false }, async (bed, { outputOfRun }) => {
    expect(bed.lines.join('\n')).toContain('the kernel refuses overlay mounts here');
    const node = { image: { image: 'registry.example/node:1', userSpecifiedImage: '' } };
    const script =
      "const fs = require('fs'); console.log(fs.readFileSync('/etc/resolv.conf', 'utf8').split('\\n')[0], fs.existsSync('/usr/bin/env')); fs.writeFileSync('/tmp/x', ''); fs.writeFileSync('/usr/x', '')";
    const output = await outputOfRun('bound', '', { ...node, args: ['-e', script] });
    expect(output).toMatch(/^nameserver 10.96.0.10 true$/m);
    expect(output).toContain("EROFS: read-only file system, open '/usr/x'");
  }));

test('in a user namespace with a single user id', () =>
  withTestbed(
    { flags: ['-U', '--map-root-user'] },
    async (_bed, { outputOfRun, runSandbox, runContainer, removePod }) => {
      expect(await outputOfRun('rootless', 'id -u; hostname; wc -c < /etc/resolv.conf')).toMatch(
        /^0\nrootless\n\d+\n$/,
      );
      const sandbox = await runSandbox('other');
      const other = { image: { image: 'someone', userSpecifiedImage: '' } };
      await expect(runContainer(sandbox, 'true', other)).rejects.toThrow(/set group 1235.*\/etc\/subgid/);
      await removePod(sandbox);
    },
  ));

test('when its program is killed, pods are given up and new ones can be started', () =>
  withTestbed({}, async (bed, { runSandbox, runContainer, ended, removePod, outputOfRun }) => {
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
  }));
