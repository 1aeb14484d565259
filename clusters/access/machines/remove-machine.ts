/** The end of a cluster on a machine: asked for, given up half made, or expired and used by nobody. */
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Progress } from '../../../harness/ports/progress.ts';
import { bootMoment } from '../../../harness/process/boot-moment.ts';
import { removeOwnTree } from '../../../harness/process/remove-own-tree.ts';
import { stopGitServer } from '../git/git-server-process.ts';
import { isClusterFolder } from '../ownership/cluster-lease.ts';
import { whileUnused } from '../ownership/cluster-lock.ts';
import { isExpired } from '../ownership/expiry.ts';
import type { ClusterMachine } from './machine.ts';
import { type MachineFiles, machineFiles } from './machine-files.ts';
import { readMachineState } from './machine-state.ts';

/** @returns whether there was anything */
export async function removeCluster(machine: ClusterMachine, files: MachineFiles): Promise<boolean> {
  const { removed } = await machine.remove(files);
  const known = (await readMachineState(files)) !== undefined;
  await stopGitServer(files.directory);
  await removeOwnTree(files.directory);
  return removed || known;
}

export interface GiveUpPorts {
  readonly machine: ClusterMachine;
  /** Gets a folder with the logs of the nodes when a cluster does not come up. */
  readonly logsRoot: string;
  /** Leave a cluster that did not come up for whoever wants to look at it. */
  readonly keepOnFailure: boolean;
  now(): number;
}

/** Logs first, then removal: whatever was made goes, unless it was asked to stay. */
export async function giveUp(
  ports: GiveUpPorts,
  files: MachineFiles,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (!signal.aborted) await exportLogs(ports, files, progress);
  if (ports.keepOnFailure && !signal.aborted) {
    progress.note(
      `what there is of cluster ${files.name} is kept; remove it with: canaryproof down --name ${files.name}`,
    );
    return;
  }
  await removeCluster(ports.machine, files).catch((error: unknown) =>
    progress.note(`not everything was removed: ${error instanceof Error ? error.message : String(error)}`),
  );
}

async function exportLogs(
  { machine, logsRoot, now }: GiveUpPorts,
  files: MachineFiles,
  progress: Progress,
): Promise<void> {
  const stamp = new Date(now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const folder = path.join(logsRoot, `${machine.provider}-${files.name}-${stamp}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // an export that breaks off at one file of many has told the most
  const problem = await machine.exportLogs(files, folder).then(
    () => '',
    (error: unknown) =>
      ` (not all: ${error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error)})`,
  );
  const exported = await readdir(folder);
  if (exported.length > 0) progress.note(`logs of the nodes: ${folder}${problem}`);
  else {
    await removeOwnTree(folder);
    progress.note(`no logs could be exported${problem}`);
  }
}

export interface SweepPorts {
  readonly machine: ClusterMachine;
  readonly stateRoot: string;
  now(): number;
}

/** Clusters whose time is up and that nobody is using: what a killed run left, whenever that was. */
export async function sweepExpired(
  { machine, stateRoot, now }: SweepPorts,
  except: string,
  progress: Progress,
): Promise<void> {
  const boot = await bootMoment();
  const entries = await readdir(stateRoot, { withFileTypes: true }).catch(() => []);
  for (const { name } of entries.filter(isClusterFolder)) {
    const files = machineFiles(stateRoot, name);
    const hasExpired = async () => {
      const state = await readMachineState(files);
      return state !== undefined && isExpired(state, now(), boot);
    };
    if (name === except || !(await hasExpired())) continue;
    await whileUnused(stateRoot, name, async () => {
      // looked at again, now that nobody else can be changing it
      if (!(await hasExpired())) return;
      await removeCluster(machine, files);
      progress.note(`removed the expired cluster ${name}`);
    }).catch((error: unknown) =>
      progress.note(`the expired cluster ${name} stays: ${error instanceof Error ? error.message : String(error)}`),
    );
  }
}
