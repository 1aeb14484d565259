/**
 * The prediction and what happened, in a folder that outlives an interrupted proof: `prediction.json` is written before the
 * first run and never again, `runs.jsonl` gets a line for each run when it has ended.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { invalidEvidenceError, usageError } from '../../errors/harness-error.ts';
import { writeFileAtomic } from '../../process/atomic-file.ts';

const cells = z.record(z.string(), z.number());
const predictionSchema = z.strictObject({
  format: z.literal('canaryproof.dev/policy-prediction/v1alpha1'),
  writtenAt: z.string(),
  /** Of what was simulated: another policy or scenario makes another proof. */
  of: z.string(),
  intervalMs: z.number(),
  seed: z.number(),
  runsPerLevel: z.number(),
  levels: z.array(
    z.strictObject({
      ...{ errorShare: z.number(), wanted: z.number(), releases: z.number(), stopped: z.number() },
      cells,
      seconds: cells,
    }),
  ),
});
export type Prediction = z.output<typeof predictionSchema>;

const runSchema = z.strictObject({
  level: z.number(),
  /** Within its level; also the seed of its errors. */
  number: z.number(),
  at: z.string(),
  outcome: z.enum(['promoted', 'aborted', 'paused', 'stuck']),
  measuredMs: z.array(z.number()),
  /** Measurements, and those that the oracle replayed to the same phase and value. */
  measurements: z.number(),
  replayed: z.number(),
  /** Why it does not count, such as a load that was not what was asked for; undefined: it counts. */
  void: z.string().optional(),
});
export type RealRun = z.output<typeof runSchema>;

export interface Journal {
  readonly prediction: Prediction;
  readonly runs: readonly RealRun[];
  add(run: RealRun): Promise<void>;
}

/**
 * @param predict called where no prediction was written yet
 * @throws HarnessError (exit 2) PROVE_POLICY_OTHER: the folder is about another policy; (exit 5) PROVE_POLICY_DAMAGED
 */
export async function openJournal(folder: string, of: string, predict: () => Prediction): Promise<Journal> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'prediction.json');
  const lines = path.join(folder, 'runs.jsonl');
  const written = await textOf(file);
  const prediction = written === undefined ? predict() : readAs(predictionSchema, written, file);
  if (written === undefined) await writeFileAtomic(file, `${JSON.stringify(prediction, null, 2)}\n`);
  if (prediction.of !== of)
    throw usageError('PROVE_POLICY_OTHER', 'the prediction in that folder is about another policy, scenario or size', {
      where: file,
      hint: 'Name another folder with --folder; a prediction is never changed.',
    });
  const runs = ((await textOf(lines)) ?? '')
    .split('\n')
    // a line that was cut off by the end of the process is no run
    .filter((line, index, all) => line !== '' && index < all.length - 1)
    .map((line) => readAs(runSchema, line, lines));
  return {
    prediction,
    runs,
    add: (run) => appendFile(lines, `${JSON.stringify(run)}\n`),
  };
}

/** Runs that are still to be made: those of each level in turn, so that an early end leaves the levels even. */
export function missingRuns({
  prediction,
  runs,
}: Pick<Journal, 'prediction' | 'runs'>): readonly { readonly level: number; readonly number: number }[] {
  const done = new Set(runs.filter((run) => run.void === undefined).map(({ level, number }) => `${level}/${number}`));
  const all = Array.from({ length: prediction.runsPerLevel }, (_, number) =>
    prediction.levels.map((_, level) => ({ level, number })),
  ).flat();
  return all.filter(({ level, number }) => !done.has(`${level}/${number}`));
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

function readAs<Schema extends z.ZodType>(schema: Schema, text: string, where: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw invalidEvidenceError('PROVE_POLICY_DAMAGED', 'this is not what a proof of a policy writes', { where, cause });
  }
}
