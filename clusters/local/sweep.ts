/** Ends everything a local cluster left, whatever was killed before: processes first, then files. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import { identifyProcess, isAlive, type ProcessIdentity } from '../access/process-identity.ts';
import type { ClusterFiles } from './cluster-files.ts';

const GONE_MS = 10_000;

/**
 * Supervisor and node init of one cluster, found by their argument lists: that works when the state file was never
 * written. The namespaces' other processes die with the node init.
 */
export async function findClusterProcesses(stateRoot: string, name: string): Promise<ProcessIdentity[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const argv = line.split('\0').slice(0, -1);
      const [script, root, cluster] = argv.slice(-3);
      const ours =
        root === stateRoot &&
        cluster === name &&
        /^(supervisor|node-init)\.(ts|mjs)$/.test(path.basename(script ?? ''));
      return ours ? identifyProcess(pid) : undefined;
    }),
  );
  return found.filter((identity) => identity !== undefined);
}

/**
 * Kills the cluster's processes and removes its directory and sockets. Does nothing when nothing is there.
 * @throws HarnessError CLUSTER_WONT_DIE when a process survives SIGKILL for 10 s (uninterruptible I/O)
 */
export async function sweepCluster(stateRoot: string, files: ClusterFiles): Promise<{ readonly processes: number }> {
  const seen = new Set<number>();
  const deadline = Date.now() + GONE_MS;
  for (;;) {
    const processes = await findClusterProcesses(stateRoot, files.name);
    if (processes.length === 0) break;
    for (const identity of processes) {
      seen.add(identity.pid);
      kill(identity);
    }
    if (Date.now() > deadline)
      throw environmentError(
        'CLUSTER_WONT_DIE',
        `processes ${processes.map((p) => p.pid).join(', ')} survive SIGKILL`,
        {
          hint: 'They wait for the kernel (often a hanging disk); run `canaryproof down` again later.',
        },
      );
    await Promise.race(processes.map(untilGone));
  }
  await removeTree(files.directory);
  await removeTree(files.sockets);
  return { processes: seen.size };
}

/** Ends the cluster's processes and leaves its files, for whoever wants to read the logs. */
export async function killClusterProcesses(stateRoot: string, name: string): Promise<void> {
  for (const identity of await findClusterProcesses(stateRoot, name)) kill(identity);
}

function kill({ pid }: ProcessIdentity): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone meanwhile
  }
}

async function untilGone(identity: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + GONE_MS;
  while (Date.now() < deadline && (await isAlive(identity))) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function removeTree(directory: string): Promise<void> {
  // the kernel may hold a just-ended namespace's mounts for a moment longer
  await removeOwnTree(directory);
}
