/**
 * What `npm run kills` has done so far: one line of JSON for each phase that was measured and for each kill, written when it
 * is done, so that a run that ends in any way loses no more than the kills under way, and a later one goes on from there.
 */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { usageError } from '../../errors/harness-error.ts';
import { HARMS, type Harm } from './kill-world.ts';

const harmSchema = z.strictObject({ kind: z.enum(HARMS), what: z.string() });
const planSchema = z.strictObject({ plan: z.strictObject({ kills: z.number().int(), seed: z.number().int() }) });
const phaseSchema = z.strictObject({
  world: z.string(),
  phase: z.string(),
  /** Kill points of the phase when nobody kills it. */
  points: z.number().int(),
  /** What the phase did although nobody killed it. */
  harms: z.array(harmSchema),
});
const killSchema = z.strictObject({
  world: z.string(),
  phase: z.string(),
  at: z.number().int(),
  /** null: the process died by the signal; else it had reached its end before the point. */
  exitCode: z.number().int().nullable(),
  harms: z.array(harmSchema),
  /** Of the sources that were killed. */
  commit: z.string(),
});
const lineSchema = z.union([planSchema, phaseSchema, killSchema]);

export type KillPlan = z.infer<typeof planSchema>['plan'];
export type MeasuredPhase = z.infer<typeof phaseSchema>;
export type DoneKill = z.infer<typeof killSchema>;

export interface KillRecord {
  readonly plan: KillPlan;
  readonly phases: readonly MeasuredPhase[];
  readonly kills: readonly DoneKill[];
}

/** Where a run writes down what it does. */
export interface KillBook {
  readonly record: () => KillRecord;
  add(line: MeasuredPhase | DoneKill): Promise<void>;
}

/** In memory alone. */
export function memoryBook(plan: KillPlan, before?: KillRecord): KillBook {
  const phases = [...(before?.phases ?? [])];
  const kills = [...(before?.kills ?? [])];
  return {
    record: () => ({ plan, phases, kills }),
    async add(line) {
      if ('points' in line) phases.push(line);
      else kills.push(line);
    },
  };
}

/** @param before what the file holds already; undefined: it is begun anew */
export async function fileBook(file: string, plan: KillPlan, before?: KillRecord): Promise<KillBook> {
  if (before === undefined) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify({ plan })}\n`);
  }
  const memory = memoryBook(plan, before);
  return {
    record: memory.record,
    async add(line) {
      await memory.add(line);
      await appendFile(file, `${JSON.stringify(line)}\n`);
    },
  };
}

/** @throws HarnessError KILLS_NOT_READ where there is none, or a line in it that no run wrote (a cut-off last one is none) */
export async function readBook(file: string): Promise<KillRecord> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw notRead(file, error instanceof Error ? error.message : String(error));
  });
  return parseBook(text, file);
}

/** Pure. @throws HarnessError KILLS_NOT_READ */
export function parseBook(text: string, file: string): KillRecord {
  const lines = text.split('\n');
  // what stands behind the last line end was being written when the run was killed
  const parsed = lines.slice(0, -1).map((line, index) => {
    try {
      return lineSchema.parse(JSON.parse(line));
    } catch {
      throw notRead(`${file}:${index + 1}`, 'no line of such a file');
    }
  });
  const [first, ...rest] = parsed;
  if (first === undefined || !('plan' in first)) throw notRead(`${file}:1`, 'it does not begin with a plan');
  const phases = rest.filter((line): line is MeasuredPhase => 'points' in line);
  const kills = rest.filter((line): line is DoneKill => 'at' in line);
  return { plan: first.plan, phases, kills };
}

const notRead = (where: string, why: string): Error =>
  usageError('KILLS_NOT_READ', `kept kills cannot be read: ${why}`, {
    where,
    hint: 'Leave --resume out to begin anew.',
  });

export interface KillCount {
  readonly world: string;
  readonly phase: string;
  readonly points: number;
  /** How many kills the plan has for it. */
  readonly planned: number;
  /** Processes that died by SIGKILL. */
  readonly kills: number;
  /** Processes that had reached their end before the point, which moves a little from run to run. */
  readonly ended: number;
  readonly harms: readonly (Harm & { readonly at: number | undefined })[];
}

/** Pure. @param plannedOf how many kills a phase is to have */
export function countKills(
  { phases, kills }: KillRecord,
  plannedOf: (world: string, phase: string) => number,
): readonly KillCount[] {
  return phases.map(({ world, phase, points, harms }) => {
    const own = kills.filter((kill) => kill.world === world && kill.phase === phase);
    const killed = own.filter(({ exitCode }) => exitCode === null).length;
    const all = [{ at: undefined, harms }, ...own].flatMap(({ at, harms: found }) =>
      found.map((harm) => ({ ...harm, at })),
    );
    const planned = Math.min(plannedOf(world, phase), points);
    return { world, phase, points, planned, kills: killed, ended: own.length - killed, harms: all };
  });
}

/** As it stands in docs/measured.md. Pure. */
export function killTable(counts: readonly KillCount[]): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const of = (harms: KillCount['harms'], wanted: Harm['kind']) => harms.filter(({ kind }) => kind === wanted).length;
  const cells = ({ world, phase, points, planned, kills, ended, harms }: KillCount) => [
    ...[world, `\`${phase}\``, points.toLocaleString('en'), `${kills} of ${planned}`, ended],
    ...HARMS.map((kind) => of(harms, kind)),
  ];
  const heading = ['where', 'killed', 'kill points', 'kills', 'ended before'];
  return [
    row([...heading, 'foreign changed', 'left', 'fault in force', 'not recovered']),
    row(Array.from({ length: heading.length + HARMS.length }, () => '---')),
    ...counts.map((count) => row(cells(count))),
    '',
  ].join('\n');
}
