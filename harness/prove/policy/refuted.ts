/**
 * Real runs against their prediction: Pearson's chi-squared over outcome and deciding measurement, and Kolmogorov-Smirnov
 * over the time to the decision. Both with the chance by simulation from the prediction itself (20,000 seeded draws):
 * cells are small and times are few, where the textbook distributions do not hold. Pure.
 */
import { CounterRandom } from '../../simulation/counter-random.ts';
import { type Cells, drawer, type PredictedLevel } from './predicted.ts';

export interface Compared {
  /** One for each level. */
  readonly predicted: readonly PredictedLevel[];
  /** What the real runs of that level came to. */
  readonly cells: readonly Cells[];
  readonly seconds: readonly Cells[];
}

export interface Refutation {
  readonly test: 'chi-squared' | 'Kolmogorov-Smirnov';
  readonly statistic: number;
  /** P(as far off or farther | the prediction is right). */
  readonly chance: number;
  readonly runs: number;
}

const DRAWS = 20_000;
const SEED = 20_261_129;
/** What was never simulated may still happen; it counts as half a release, so it refutes without dividing by 0. */
const UNSEEN = 0.5;

/** @param draws from the prediction; a chance is known to about one in so many */
export function refutations({ predicted, cells, seconds }: Compared, draws = DRAWS): readonly Refutation[] {
  const outcomes = predicted.map((level, index) => ({ expected: level.cells, seen: cells[index] ?? {} }));
  const times = predicted.map((level, index) => ({ expected: level.seconds, seen: seconds[index] ?? {} }));
  return [
    tested('chi-squared', outcomes, draws, (group) => group.reduce((sum, one) => sum + chiSquared(one), 0)),
    tested('Kolmogorov-Smirnov', times, draws, (group) => Math.max(0, ...group.map(distance))),
  ];
}

interface Side {
  readonly expected: Cells;
  readonly seen: Cells;
}

function tested(
  test: Refutation['test'],
  group: readonly Side[],
  draws: number,
  statisticOf: (group: readonly Side[]) => number,
): Refutation {
  const statistic = statisticOf(group);
  const random = new CounterRandom();
  let asFar = 0;
  for (let draw = 0; draw < draws; draw += 1) {
    random.seek(SEED, draw, 0, 0, 0);
    const drawn = group.map(({ expected, seen }) => ({ expected, seen: sample(expected, sizeOf(seen), random) }));
    if (statisticOf(drawn) >= statistic - 1e-9) asFar += 1;
  }
  const runs = group.reduce((sum, { seen }) => sum + sizeOf(seen), 0);
  // the observation itself is one of the draws, so a chance is never 0
  return { test, statistic, chance: (asFar + 1) / (draws + 1), runs };
}

function sample(expected: Cells, runs: number, random: CounterRandom): Cells {
  const found: Record<string, number> = {};
  if (runs === 0) return found;
  const next = drawer(expected, random);
  for (let run = 0; run < runs; run += 1) {
    const cell = next();
    found[cell] = (found[cell] ?? 0) + 1;
  }
  return found;
}

const sizeOf = (cells: Cells) => Object.values(cells).reduce((sum, one) => sum + one, 0);

function chiSquared({ expected, seen }: Side): number {
  const runs = sizeOf(seen);
  const all = sizeOf(expected);
  const cells = new Set([...Object.keys(expected), ...Object.keys(seen)]);
  let sum = 0;
  for (const cell of cells) {
    const mean = (runs * (expected[cell] ?? UNSEEN)) / all;
    if (mean > 0) sum += ((seen[cell] ?? 0) - mean) ** 2 / mean;
  }
  return sum;
}

/** Largest distance of the two distributions, weighted by the runs as usual; 0 without runs or without a prediction. */
function distance({ expected, seen }: Side): number {
  const [runs, all] = [sizeOf(seen), sizeOf(expected)];
  if (runs === 0) return 0;
  // stopped although nothing in the simulation ever was
  if (all === 0) return Math.sqrt(runs);
  const times = [...new Set([...Object.keys(expected), ...Object.keys(seen)])].sort((a, b) => Number(a) - Number(b));
  let [below, wanted, most] = [0, 0, 0];
  for (const time of times) {
    below += (seen[time] ?? 0) / runs;
    wanted += (expected[time] ?? 0) / all;
    most = Math.max(most, Math.abs(below - wanted));
  }
  return most * Math.sqrt(runs);
}
