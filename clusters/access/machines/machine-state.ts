/** What a run writes down about a cluster before it makes it, so that a later run knows whose it is. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { writeFileAtomic } from '../../../harness/process/atomic-file.ts';
import { bootMomentSchema } from '../../../harness/process/boot-moment.ts';
import { clusterIdentitySchema } from '../ownership/cluster-identity.ts';
import type { MachineFiles } from './machine-files.ts';

const istioTracesSchema = z.object({
  /** When our istiod's namespace was made, Unix milliseconds. */
  sinceMs: z.number(),
  /** Name of a ConfigMap -> what istiod writes into it. */
  contents: z.record(z.string(), z.string()),
});
export type IstioTraces = z.infer<typeof istioTracesSchema>;

const stateSchema = z.object({
  name: z.string(),
  specHash: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
  /** By the clock that no one can set. */
  madeAt: bootMomentSchema.optional(),
  /** Set when every addon was ready; a cluster without it was left half made. */
  readyAt: z.number().optional(),
  /** Random; what carries it on the cluster or the engine is ours. */
  installation: z.string().optional(),
  /** Of a cluster that we did not make. */
  identity: clusterIdentitySchema.optional(),
  /** Written before a removal, for the one that has to finish it. */
  istioTraces: istioTracesSchema.optional(),
});
export type MachineState = z.infer<typeof stateSchema>;

/**
 * Undefined when there is none.
 * @throws HarnessError STATE_UNREADABLE: what it named may still be there, so nobody may forget or replace it
 */
export async function requireMachineState(files: MachineFiles): Promise<MachineState | undefined> {
  const unreadable = (cause: unknown) =>
    environmentError('STATE_UNREADABLE', `what canaryproof knows of cluster ${files.name} cannot be read`, {
      where: files.state,
      hint: 'Without it nobody knows which objects are ours: repair the file, or look for the label canaryproof.dev/installation yourself.',
      cause,
    });
  const text = await readFile(files.state, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw unreadable(cause);
  });
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** Undefined when there is none, or when it cannot be read: such a cluster is made anew. */
export async function readMachineState(files: MachineFiles): Promise<MachineState | undefined> {
  const text = await readFile(files.state, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export async function writeMachineState(files: MachineFiles, state: MachineState): Promise<void> {
  await writeFileAtomic(files.state, `${JSON.stringify(state, null, 2)}\n`, 0o600);
}
