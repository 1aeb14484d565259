/** Ends everything a local cluster left, whatever was killed before: processes first, then files. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { endClusterProcesses } from './node-processes.ts';

/**
 * Ends the cluster's processes and removes its directory and sockets. Does nothing when nothing is there.
 * @throws HarnessError CLUSTER_WONT_DIE; TREE_NOT_OURS when somebody else's folder lies in the place of one of ours
 */
export async function sweepCluster(files: ClusterFiles): Promise<{ readonly processes: number }> {
  const processes = await endClusterProcesses(files);
  const sockets = new Set([files.sockets, ...(await recordedSockets(files))]);
  // the folder that holds the mark of the sockets last: a removal that is killed half way can be repeated
  await removeOwnTree(files.directory);
  for (const folder of sockets) await removeOwnTree(folder);
  return { processes };
}

/** Only a folder that has this very cluster's key for a name. */
async function recordedSockets(files: ClusterFiles): Promise<string[]> {
  const folder = (await readFile(files.socketsAt, 'utf8').catch(() => '')).trimEnd();
  return path.isAbsolute(folder) && path.basename(folder) === path.basename(files.sockets) ? [folder] : [];
}
