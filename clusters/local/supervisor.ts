/**
 * The outer process of a local cluster: `supervisor.ts STATE_ROOT NAME RUNTIME_ROOT`, started detached by `up`.
 *
 * Holds the node's namespaces alive, forwards ports of 127.0.0.1 into them, and writes `state.json`. Whatever kills
 * it kills the node too: by parent-death signal, and because the node's init reads its stdin from here.
 */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { childInNamespaceOfItsOwn } from '../access/ownership/marked-processes.ts';
import { identifyProcess } from '../access/ownership/process-identity.ts';
import { siblingScript } from '../access/sibling-script.ts';
import { FORWARDS } from './addresses.ts';
import { clusterFiles } from './cluster-files.ts';
import { kubeconfig } from './control-plane/program-files.ts';
import { forwardLoopback, portOf } from './dial-socket.ts';
import { recordProcesses } from './node-processes.ts';
import { type ClusterState, nodeSpecSchema } from './node-spec.ts';
import { ROOTLESS_MAPPING } from './preflight.ts';

const note = (text: string): void => console.log(`${new Date().toISOString()} ${text}`);

async function until<T>(what: string, limitMs: number, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function main(stateRoot: string, name: string, runtimeRoot: string): Promise<void> {
  const files = clusterFiles(stateRoot, name, runtimeRoot);
  const spec = nodeSpecSchema.parse(JSON.parse(await readFile(files.spec, 'utf8')));
  const namespaces = ['-n', '-m', '-p', '-i', '-f', '--kill-child=KILL', '--mount-proc'];
  const user = spec.rootless ? [...ROOTLESS_MAPPING] : [];
  const node = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'unshare',
      ...user,
      ...namespaces,
      process.execPath,
      siblingScript(import.meta.url, 'node-init'),
      stateRoot,
      name,
      runtimeRoot,
    ],
    { stdio: ['pipe', 'inherit', 'inherit'] },
  );
  node.once('exit', (code, signal) => {
    note(`node ended (${signal ?? `exit code ${code}`})`);
    process.exit(1);
  });
  const stop = (): void => {
    node.removeAllListeners('exit');
    node.once('exit', () => process.exit(0));
    node.kill('SIGKILL');
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);

  const supervisor = await until('own process', 1_000, () => identifyProcess(process.pid));
  const init = await until('node init', 10_000, async () => {
    const pid = await childInNamespaceOfItsOwn(node.pid ?? -1);
    return pid === undefined ? undefined : identifyProcess(pid);
  });
  await recordProcesses(files, { supervisor, init });
  const [api, ingress, prometheus] = await Promise.all([
    forwardLoopback(files.dialSocket, FORWARDS.api),
    forwardLoopback(files.dialSocket, FORWARDS.ingress),
    forwardLoopback(files.dialSocket, FORWARDS.prometheus),
  ]);
  const ca = await until('API server certificate', 300_000, () =>
    readFile(path.join(files.node, 'ca.crt'), 'utf8').catch(() => undefined),
  );
  const server = `https://127.0.0.1:${portOf(api)}`;
  await writeFile(files.kubeconfig, kubeconfig(`canaryproof-${name}`, server, spec.tokens.admin, ca), { mode: 0o600 });
  const state: ClusterState = {
    specHash: spec.hash,
    createdAt: Date.now(),
    supervisor,
    init,
    ports: { api: portOf(api), ingress: portOf(ingress), prometheus: portOf(prometheus) },
  };
  await writeFileAtomic(files.state, `${JSON.stringify(state, null, 2)}\n`, 0o600);
  note(`forwarding ${JSON.stringify(state.ports)}`);
}

const [stateRoot, name, runtimeRoot] = process.argv.slice(2);
if (stateRoot === undefined || name === undefined || runtimeRoot === undefined)
  throw new TypeError('usage: supervisor STATE_ROOT NAME RUNTIME_ROOT');
await main(stateRoot, name, runtimeRoot);
