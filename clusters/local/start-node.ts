/** From a written specification to a node whose API server answers. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { makePrivateFolder } from '../../harness/process/private-folder.ts';
import { createApiRequest } from '../../k8s/client/api-request.ts';
import { readKubeconfig } from '../../k8s/client/cluster-client.ts';
import { MARK_VARIABLE } from '../access/ownership/marked-processes.ts';
import { siblingScript } from '../access/sibling-script.ts';
import type { EtcdEntry } from './base/etcd-gateway.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { readLiveState } from './live-state.ts';
import { endClusterProcesses, writeMark } from './node-processes.ts';
import type { ClusterState, NodeSpec } from './node-spec.ts';

/** Against hanging: what ends is told at once, and on a starved machine an API server was seen to take four minutes. */
const API_READY_MS = 300_000;
/** A connection that was taken before there was an API server is given up, and another one asks. */
const READY_ANSWER_MS = 2_000;

/**
 * Writes what the node needs, starts its supervisor and waits until the API server answers.
 * @param base what etcd holds before the API server starts
 * @throws HarnessError CLUSTER_START_FAILED with the end of the supervisor's log, FOLDER_NOT_PRIVATE
 */
export async function startNode(
  { stateRoot, runtimeRoot }: { readonly stateRoot: string; readonly runtimeRoot: string },
  nodeSpec: NodeSpec,
  base: readonly EtcdEntry[],
  files: ClusterFiles,
  progress: Progress,
  signal: AbortSignal,
): Promise<ClusterState> {
  const step = progress.step('control plane');
  // the `down` of another cluster may just have removed one of a random name
  await makePrivateFolder(runtimeRoot);
  await makePrivateFolder(files.sockets);
  for (const directory of [files.directory, files.logs, files.node, files.volatile, files.git])
    await mkdir(directory, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'sec1', format: 'pem' });
  await writeFileAtomic(path.join(files.node, 'service-account.key'), key, 0o600);
  await writeFileAtomic(files.spec, JSON.stringify(nodeSpec, null, 2), 0o600);
  const pairs = base.map(({ key: name, value }) => ({ key: name, value: value.toString() }));
  await writeFileAtomic(files.base, JSON.stringify(pairs), 0o600);
  const mark = randomBytes(16).toString('hex');
  await writeMark(files, mark);
  await writeFileAtomic(files.socketsAt, `${files.sockets}\n`, 0o600);
  const log = openSync(path.join(files.logs, 'supervisor.log'), 'a');
  const script = siblingScript(import.meta.url, 'supervisor');
  const supervisor = spawn(process.execPath, [script, stateRoot, nodeSpec.name, runtimeRoot], {
    detached: true,
    // everything that the node starts inherits it, but the containers
    env: { ...process.env, [MARK_VARIABLE]: mark },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ended: string | undefined;
  supervisor.once('exit', (code, reason) => {
    ended = reason ?? `exit code ${code}`;
  });
  supervisor.unref();
  const deadline = Date.now() + API_READY_MS;
  for (;;) {
    signal.throwIfAborted();
    const state = await readLiveState(files);
    if (state && (await apiAnswers(files))) {
      const kept = base.length === 0 ? '' : `, begun with ${base.length} kept definitions`;
      step.done(`API server ready on 127.0.0.1:${state.ports.api}${kept}`);
      return state;
    }
    if (ended !== undefined || Date.now() > deadline) {
      const tail = (await readFile(path.join(files.logs, 'supervisor.log'), 'utf8')).trimEnd().split('\n').slice(-8);
      step.fail('did not start');
      // ending them tells of an end that is ours
      const why = ended ?? 'time limit';
      await endClusterProcesses(files);
      throw environmentError('CLUSTER_START_FAILED', `the control plane did not start (${why})\n${tail.join('\n')}`, {
        where: files.logs,
        hint: 'Run `canaryproof doctor`; the logs stay in that folder until the next `up` or `down`.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function apiAnswers(files: ClusterFiles): Promise<boolean> {
  try {
    return (await createApiRequest(readKubeconfig(files.kubeconfig), READY_ANSWER_MS)('GET', '/readyz')) === 'ok';
  } catch {
    return false;
  }
}
