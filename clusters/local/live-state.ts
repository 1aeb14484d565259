/** What the files of a local cluster say about it, believed only while its processes live. */
import { readFile } from 'node:fs/promises';
import { isAlive } from '../access/ownership/process-identity.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { type ClusterState, clusterStateSchema } from './node-spec.ts';

/** The state of a cluster whose supervisor and node are both alive. */
export async function readLiveState(files: ClusterFiles): Promise<ClusterState | undefined> {
  const text = await readFile(files.state, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const state = clusterStateSchema.parse(JSON.parse(text));
    return (await isAlive(state.supervisor)) && (await isAlive(state.init)) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Hash of the specification for which `up` had every addon ready. */
export async function readReady(files: ClusterFiles): Promise<string | undefined> {
  const text = await readFile(files.ready, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { specHash: string }).specHash;
}
