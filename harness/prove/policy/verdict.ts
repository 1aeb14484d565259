/** The proof as a table for people, and whether it holds. Pure. */
import { percent } from '../../documents/figures.ts';
import type { Journal, RealRun } from './journal.ts';
import { type Cells, cellOf, secondsOf } from './predicted.ts';
import { type Refutation, refutations } from './refuted.ts';

/** Each test refutes a prediction that is right once in a thousand proofs. */
const ALPHA = 1e-3;

export interface PolicyProof {
  readonly refutations: readonly Refutation[];
  readonly measurements: number;
  readonly replayed: number;
  readonly runs: number;
  readonly missing: number;
  /** `inconclusive`: runs are missing. */
  readonly outcome: 'passed' | 'failed' | 'inconclusive';
  readonly text: string;
}

export function proofOf({ prediction, runs }: Pick<Journal, 'prediction' | 'runs'>, draws?: number): PolicyProof {
  const counted = runs.filter((run) => run.void === undefined);
  const ofLevel = (level: number) => counted.filter((run) => run.level === level);
  const cells = prediction.levels.map((_, level) => countsOf(ofLevel(level), cellOf));
  const seconds = prediction.levels.map((_, level) =>
    countsOf(
      ofLevel(level).filter(({ outcome }) => outcome !== 'promoted'),
      (run) => secondsOf(run, prediction.intervalMs),
    ),
  );
  const found = refutations({ predicted: prediction.levels, cells, seconds }, draws);
  const measurements = counted.reduce((sum, run) => sum + run.measurements, 0);
  const replayed = counted.reduce((sum, run) => sum + run.replayed, 0);
  const missing = prediction.levels.length * prediction.runsPerLevel - counted.length;
  const isRefuted = found.some(({ chance }) => chance < ALPHA) || replayed < measurements;
  const outcome = isRefuted ? 'failed' : missing > 0 ? 'inconclusive' : 'passed';
  const proof = { refutations: found, measurements, replayed, runs: counted.length, missing, outcome } as const;
  return { ...proof, text: textOf(prediction, cells, runs.length - counted.length, proof) };
}

function countsOf(runs: readonly RealRun[], keyOf: (run: RealRun) => string): Cells {
  const found: Record<string, number> = {};
  for (const run of runs) found[keyOf(run)] = (found[keyOf(run)] ?? 0) + 1;
  return found;
}

function textOf(
  prediction: Journal['prediction'],
  cells: readonly Cells[],
  voids: number,
  { refutations: found, measurements, replayed, missing, outcome }: Omit<PolicyProof, 'text'>,
): string {
  const rows = prediction.levels.map(({ errorShare, stopped, releases }, level) => {
    const seen = cells[level]!;
    const all = Object.values(seen).reduce((sum, one) => sum + one, 0);
    const real = all - (seen.promoted ?? 0);
    const how = Object.entries(seen)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([cell, count]) => `${cell}: ${count}`)
      .join(', ');
    return `| ${percent(errorShare, { digits: 3 })} | ${percent(stopped / releases, { digits: 3 })} | ${real} of ${all} | ${how || 'none yet'} |`;
  });
  return [
    '| errors of the canary | stopped, predicted | stopped, real | outcome and number of measurements |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...found.map(
      ({ test, statistic, chance, runs }) =>
        `${test}: ${statistic.toFixed(2)} over ${runs} runs, chance ${chance.toPrecision(2)} (refuted below ${ALPHA})`,
    ),
    `the oracle replayed ${replayed} of ${measurements} measurements to the same value and phase`,
    ...(voids > 0 ? [`${voids} runs do not count: their load was not what was asked for`] : []),
    ...(missing > 0 ? [`${missing} runs are missing; the same command goes on`] : []),
    `prediction of ${prediction.writtenAt}, before the first run: ${outcome}`,
  ].join('\n');
}
