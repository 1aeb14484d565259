/** Runs cases: each data plane is started once and judged as often as asked. */
import type { Case, Row } from './case.ts';
import { startDataPlane } from './data-plane.ts';
import { spoiltByMachine } from './observations.ts';
import { type Observation, type RowScore, scoreRow } from './score.ts';
import { runTrial, type Trial, type TrialWorld } from './trial.ts';

export interface ProofWorld extends TrialWorld {
  readonly envoyPath: string;
  /** How often a case is run. */
  readonly repeats: (one: Case) => number;
  /** One line on what has just been seen. */
  readonly told: (line: string) => void;
}

/** @throws HarnessError BENCH_PROGRAM, and what the product's own path throws */
export async function runCases(world: ProofWorld, cases: readonly Case[]): Promise<readonly RowScore[]> {
  const scores: RowScore[] = [];
  for (const one of cases) scores.push(...(await runCase(world, one)));
  return scores;
}

/** Attempts per run asked for, before the machine is called too busy. */
const MOST_ATTEMPTS = 3;

function countedLeast(seen: ReadonlyMap<Row, readonly Observation[]>): number {
  return Math.min(...[...seen.values()].map((all) => all.filter(({ spoilt }) => !spoilt).length));
}

async function runCase(world: ProofWorld, one: Case): Promise<readonly RowScore[]> {
  const seen = new Map<Row, Observation[]>(one.rows.map((row) => [row, []]));
  const plane = await startDataPlane(world.envoyPath, one.plane);
  try {
    const repeats = world.repeats(one);
    // A run that the busy machine spoilt says nothing, so another takes its place; it is shown, and never judged again.
    for (let run = 1; run <= MOST_ATTEMPTS * repeats && countedLeast(seen) < repeats; run += 1) {
      world.signal.throwIfAborted();
      await one.prepare?.(plane);
      const trial = await runTrial(world, plane, one.trial);
      for (const [row, observations] of seen) {
        const observation = observe(row, trial);
        observations.push(observation);
        const mark = observation.spoilt
          ? `spoilt (${trial.books.problems.join('; ')})`
          : observation.rightReason
            ? 'ok'
            : 'NOT AS EXPECTED';
        const cost = `${trial.requests} requests, ${trial.seconds.toFixed(1)} s`;
        world.told(`${run} of ${repeats}: ${row.name}: ${mark}; ${observation.said}; ${cost}`);
      }
    }
  } finally {
    await plane.stop();
  }
  return [...seen].map(([row, observations]) => scoreRow(row, observations));
}

function observe(row: Row, trial: Trial): Observation {
  const finding = row.observe(trial);
  return {
    ...finding,
    spoilt: spoiltByMachine(trial) && !(row.ofInstrument && finding.rightReason),
    outcome: trial.split.outcome,
    requests: trial.requests,
    seconds: trial.seconds,
  };
}
