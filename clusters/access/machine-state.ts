/** What a run writes down about a cluster before it makes it, so that a later run knows whose it is. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { bootMomentSchema } from '../../harness/process/boot-moment.ts';
import type { MachineFiles } from './machine-files.ts';

const stateSchema = z.object({
  name: z.string(),
  specHash: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
  madeAt: bootMomentSchema.optional(),
  /** Set when every addon was ready; a cluster without it was left half made. */
  readyAt: z.number().optional(),
});
export type MachineState = z.infer<typeof stateSchema>;

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
