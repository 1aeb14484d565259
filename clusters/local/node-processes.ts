/** Which processes of the machine are those of one local cluster, and their end. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { bootMoment } from '../../harness/process/boot-moment.ts';
import { findInPidNamespace, findMarked, killMarked, pidNamespaceOf } from '../access/ownership/marked-processes.ts';
import { isAlive, type ProcessIdentity } from '../access/ownership/process-identity.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { readLiveState } from './live-state.ts';

const GONE_MS = 10_000;
const LOOK_EVERY_MS = 20;

const identitySchema = z.strictObject({ pid: z.int(), startTicks: z.string() });
const recordSchema = z.strictObject({
  /** Pids and start times mean something within one boot and one pid namespace only. */
  bootId: z.string(),
  pidNamespace: z.string(),
  supervisor: identitySchema,
  init: identitySchema,
});

/** Written before the first process of a node starts: in two places, so that either finds what a killed run left. */
export async function writeMark(files: ClusterFiles, mark: string): Promise<void> {
  for (const file of files.marks) await writeFileAtomic(file, `${mark}\n`, 0o600);
}

/** Written by the supervisor: a process that is ending already shows no environment, and so no mark. */
export async function recordProcesses(
  files: ClusterFiles,
  processes: { readonly supervisor: ProcessIdentity; readonly init: ProcessIdentity },
): Promise<void> {
  const { id: bootId } = await bootMoment();
  const record = { bootId, pidNamespace: (await pidNamespaceOf('self')) ?? '', ...processes };
  await writeFileAtomic(files.processes, `${JSON.stringify(record)}\n`, 0o600);
}

/** Living processes of this user that carry the cluster's mark. */
export async function findClusterProcesses(files: ClusterFiles): Promise<ProcessIdentity[]> {
  return findMarked(await readMarks(files));
}

/**
 * Kills what carries the cluster's mark and returns when every process of the node is gone.
 * @param goneMs how long they may take to go once they were killed
 * @param looked told after each look how many are left
 * @returns how many there were
 * @throws HarnessError CLUSTER_WONT_DIE when a process survives SIGKILL for longer (uninterruptible I/O); CLUSTER_UNMARKED
 */
export async function endClusterProcesses(
  files: ClusterFiles,
  goneMs = GONE_MS,
  looked: (left: number) => void = () => undefined,
): Promise<number> {
  const marks = await readMarks(files);
  const recorded = await readRecord(files);
  if (marks.length === 0) await refuseUnmarked(files);
  const seen = new Set<number>();
  const namespaces = new Set<string>();
  const own = await pidNamespaceOf('self');
  /** On a busy machine a look and a kill may take longer than the time to go: what counts is since when each was killed. */
  const killedMs = new Map<number, number>();
  for (;;) {
    const lookMs = performance.now();
    const marked = await findMarked(marks);
    // the node's namespace is told by who is in it now; a number that was written down may be another one's by now
    for (const { pid } of marked) {
      const namespace = await pidNamespaceOf(pid);
      if (namespace !== undefined && namespace !== own) namespaces.add(namespace);
    }
    await killMarked(marked, marks);
    const others = await Promise.all([...namespaces].map(findInPidNamespace));
    const ending = await Promise.all(recorded.map(async (each) => ((await isAlive(each)) ? [each] : [])));
    const left = new Set([...marked, ...others.flat(), ...ending.flat()].map(({ pid }) => pid));
    for (const pid of left) seen.add(pid);
    looked(left.size);
    if (left.size === 0) return seen.size;
    const surviving = [...left].filter((pid) => lookMs - (killedMs.get(pid) ?? lookMs) > goneMs);
    if (surviving.length > 0)
      throw environmentError('CLUSTER_WONT_DIE', `processes ${surviving.join(', ')} survive SIGKILL`, {
        hint: 'They wait for the kernel (often a hanging disk); run `canaryproof down` again later.',
      });
    for (const pid of left) if (!killedMs.has(pid)) killedMs.set(pid, performance.now());
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Alive by its state and without a mark: made before there were marks. Its files must not go from under it. */
async function refuseUnmarked(files: ClusterFiles): Promise<void> {
  const state = await readLiveState(files);
  if (state === undefined) return;
  throw environmentError(
    'CLUSTER_UNMARKED',
    `cluster ${files.name} runs, and nothing proves that its processes are ours`,
    {
      where: files.state,
      hint: `An older canaryproof made it: take it down with that one, or end process ${state.supervisor.pid} yourself.`,
    },
  );
}

async function readMarks(files: ClusterFiles): Promise<string[]> {
  const texts = await Promise.all(files.marks.map((file) => readFile(file, 'utf8').catch(() => '')));
  return [...new Set(texts.map((text) => text.trimEnd()).filter((text) => /^[0-9a-f]{32,}$/.test(text)))];
}

/** Supervisor and node, as written down in this boot and from this pid namespace. */
async function readRecord(files: ClusterFiles): Promise<ProcessIdentity[]> {
  const text = await readFile(files.processes, 'utf8').catch(() => '');
  try {
    const record = recordSchema.parse(JSON.parse(text));
    const here = record.bootId === (await bootMoment()).id && record.pidNamespace === (await pidNamespaceOf('self'));
    return here ? [record.supervisor, record.init] : [];
  } catch {
    return []; // never written, or half a file of another version
  }
}
