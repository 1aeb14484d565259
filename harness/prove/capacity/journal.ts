/** What was seen, in a folder that outlives an interrupted proof: `runs.jsonl` gets a line for each run when it has ended. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { invalidEvidenceError } from '../../errors/harness-error.ts';

const runSchema = z.strictObject({
  /** Of what was asked: runs of another level or of another planted system do not count. */
  of: z.string(),
  system: z.string(),
  /** From 1; also what its seed comes from. */
  number: z.int(),
  at: z.string(),
  outcome: z.string(),
  sentence: z.string(),
  low: z.number().optional(),
  high: z.number().optional(),
  limitedBy: z.string().optional(),
  truth: z.strictObject({ low: z.number(), high: z.number() }).optional(),
  /** Mean time that Envoy waited for what was answered well. */
  serviceMs: z.number().optional(),
  seconds: z.number(),
  codes: z.array(z.string()),
  /** Names of its run directories. */
  directories: z.array(z.string()),
});
export type PlantedRun = z.output<typeof runSchema>;

export interface Journal {
  /** In the order of their end; those of another `of` are not among them. */
  readonly runs: readonly PlantedRun[];
  /** Lines that do not count. */
  readonly others: number;
  add(run: PlantedRun): Promise<void>;
}

/** @throws HarnessError (exit 5) PROVE_CAPACITY_DAMAGED */
export async function openJournal(folder: string, of: ReadonlySet<string>): Promise<Journal> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'runs.jsonl');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  // a line that was cut off by the end of the process is no run
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const all = lines.filter((line) => line !== '').map((line) => parsed(line, file));
  const runs = all.filter((run) => of.has(run.of));
  return {
    runs,
    others: all.length - runs.length,
    async add(run) {
      await appendFile(file, `${JSON.stringify(run)}\n`);
      runs.push(run);
    },
  };
}

function parsed(line: string, where: string): PlantedRun {
  try {
    return runSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw invalidEvidenceError('PROVE_CAPACITY_DAMAGED', 'this is not what a proof of capacities writes', {
      ...{ where, cause },
      hint: 'Name another folder with --folder.',
    });
  }
}
