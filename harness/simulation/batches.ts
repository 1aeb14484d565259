/**
 * Simulations as rounds of batches: what is asked says which releases it needs next, and somebody else runs them, here or
 * on threads. Which rounds there are does not depend on who runs them, so neither do the bytes of the result.
 */
import type { Policy } from './policy.ts';
import { ReleaseCounts, type ReleaseTally } from './release-counts.ts';
import type { Scenario } from './scenario.ts';
import { createSimulator, type ReleaseSimulator } from './simulate-release.ts';

/** Releases `first` to `first + count - 1` of one policy; plain data. */
export interface Batch {
  readonly policy: Policy;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
}

/** Yields rounds, is given the tallies of each in the order of its batches, and returns the result. */
export type Rounds<Result> = Generator<readonly Batch[], Result, readonly ReleaseTally[]>;

/** Releases that are to be counted together. */
export interface Series {
  readonly policy: Policy;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly releases: number;
}

const BATCH = 500;
const ROUND = 16;
const REMEMBERED = 64;

/**
 * @param isEnough asked after every round; true ends the series early
 */
export function* counted(
  series: readonly Series[],
  isEnough: (counts: readonly ReleaseCounts[]) => boolean = () => false,
): Rounds<readonly ReleaseCounts[]> {
  const counts = series.map(() => new ReleaseCounts());
  const batches = batchesOf(series);
  for (let at = 0; at < batches.length; at += ROUND) {
    const round = batches.slice(at, at + ROUND);
    const tallies = yield round.map(({ batch }) => batch);
    for (const [index, { of }] of round.entries()) counts[of]!.addTally(tallies[index]!);
    // only when all have seen the same number
    const isEven = counts.every(({ releases }) => releases === counts[0]!.releases);
    if (isEven && isEnough(counts)) break;
  }
  return counts;
}

/** In turn, so that all have the same number of releases after every few batches. */
function batchesOf(series: readonly Series[]): { readonly of: number; readonly batch: Batch }[] {
  const most = Math.max(0, ...series.map(({ releases }) => releases));
  const found: { readonly of: number; readonly batch: Batch }[] = [];
  for (let first = 0; first < most; first += BATCH)
    for (const [of, { policy, scenario, seed, releases }] of series.entries()) {
      const count = Math.min(BATCH, releases - first);
      if (count > 0) found.push({ of, batch: { policy, scenario, seed, first, count } });
    }
  return found;
}

/** Runs batches, and remembers the policies that it has compiled. */
export function createBatchRunner(): (batch: Batch) => ReleaseTally {
  const known = new Map<string, ReleaseSimulator>();
  return ({ policy, scenario, seed, first, count }) => {
    const key = JSON.stringify([policy, scenario, seed]);
    const simulator = known.get(key) ?? createSimulator(policy, scenario, seed);
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, simulator);
    const counts = new ReleaseCounts();
    for (let run = first; run < first + count; run += 1) counts.add(simulator.simulate(run));
    return counts.tally;
  };
}

/** All rounds in this thread, without a pause. */
export function runHere<Result>(rounds: Rounds<Result>): Result {
  const run = createBatchRunner();
  let next = rounds.next();
  while (!next.done) next = rounds.next(next.value.map(run));
  return next.value;
}
