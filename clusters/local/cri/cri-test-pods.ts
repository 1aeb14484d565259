/** For integration tests: pods and containers made, asked and removed over the runtime's socket. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { containerConfig, PRIVATE_NAMESPACES, resources, sandboxConfig, securityContext } from './cri-fixtures.ts';
import type { ContainerConfig, LinuxContainerSecurityContext, NamespaceOption } from './cri-messages.ts';
import type { Testbed } from './cri-testbed.ts';

export interface Wish extends Partial<ContainerConfig> {
  readonly security?: Partial<LinuxContainerSecurityContext>;
}

export function testPods(bed: () => Testbed) {
  const root = () => path.join(bed().directory, 'pods');

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
    return (await bed().call('RunPodSandbox', { config })).podSandboxId;
  }

  async function runContainer(podSandboxId: string, script: string, wish: Wish = {}): Promise<string> {
    const { security = {}, ...parts } = wish;
    const name = parts.metadata?.name ?? 'main';
    const linux = {
      resources: resources(),
      securityContext: securityContext({ namespaceOptions: PRIVATE_NAMESPACES, ...security }),
    };
    const config = containerConfig({ args: [script], logPath: `${name}.log`, linux, ...parts });
    const { containerId } = await bed().call('CreateContainer', { podSandboxId, config });
    await bed().call('StartContainer', { containerId });
    return containerId;
  }

  const statusOf = async (containerId: string) => (await bed().call('ContainerStatus', { containerId })).status;
  const ended = (containerId: string) =>
    expect.poll(async () => (await statusOf(containerId)).state, { timeout: 10_000 }).toBe('CONTAINER_EXITED');
  const log = async (pod: string, container = 'main') => readFile(path.join(root(), pod, `${container}.log`), 'utf8');
  const outputOf = async (pod: string) => (await log(pod)).replaceAll(/^\S+ std(out|err) [FP] /gm, '');
  const exec = async (containerId: string, script: string, timeout = 10) => {
    const answer = await bed().call('ExecSync', {
      containerId,
      cmd: ['/bin/sh', '-c', script],
      timeout: String(timeout),
    });
    return { stdout: answer.stdout.toString(), stderr: answer.stderr.toString(), exitCode: answer.exitCode };
  };
  const removePod = async (podSandboxId: string) => {
    await bed().call('StopPodSandbox', { podSandboxId });
    await bed().call('RemovePodSandbox', { podSandboxId });
  };
  /** Runs one script to its end in a pod of its own and gives what it printed. */
  async function outputOfRun(pod: string, script: string, wish: Wish = {}): Promise<string> {
    const sandbox = await runSandbox(pod);
    // one stream, so that the order in the log is the order in which things were said
    await ended(await runContainer(sandbox, `exec 2>&1; ${script}`, wish));
    const output = await outputOf(pod);
    await removePod(sandbox);
    return output;
  }

  return { root, runSandbox, runContainer, statusOf, ended, log, outputOf, exec, removePod, outputOfRun };
}
