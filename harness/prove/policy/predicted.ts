/**
 * What a simulation says before anything is run: for each level of errors how often a release ends how, after how many
 * measurements, and how long after the first one. Pure.
 */
import type { CounterRandom } from '../../simulation/counter-random.ts';
import type { Policy } from '../../simulation/policy.ts';
import type { Fault, Scenario } from '../../simulation/scenario.ts';
import { createSimulator } from '../../simulation/simulate-release.ts';

/** Counts by what a run comes to; a run that is stopped has the number of the measurement that did it. */
export type Cells = Readonly<Record<string, number>>;

export interface PredictedLevel {
  /** Of the canary's answers, 0 to 1, in whole parts per million. */
  readonly errorShare: number;
  /** P(not promoted) that it was chosen for. */
  readonly wanted: number;
  readonly releases: number;
  readonly stopped: number;
  /** `promoted`, `aborted 2`, `paused 3` -> releases. */
  readonly cells: Cells;
  /** Of those that were stopped, seconds from the first measurement to the deciding one, to the interval -> releases. */
  readonly seconds: Cells;
}

export interface Ended {
  readonly outcome: 'promoted' | 'aborted' | 'paused' | 'stuck';
  /** Of all its analyses, in order; Unix or simulated milliseconds. */
  readonly measuredMs: readonly number[];
}

const PPM = 1e6;
/** Releases of each step of the search. */
const SEARCHED = 2000;
const STEPS = 14;

export const cellOf = ({ outcome, measuredMs }: Ended): string =>
  outcome === 'promoted' ? outcome : `${outcome} ${measuredMs.length}`;

/** Stamps are whole seconds and controllers are late by one or two: the interval is what can be told apart. */
export function secondsOf({ measuredMs }: Ended, intervalMs: number): string {
  const lasted = (measuredMs.at(-1) ?? 0) - (measuredMs[0] ?? 0);
  return String((Math.round(lasted / intervalMs) * intervalMs) / 1000);
}

/** One level for each wanted share of stopped releases, found by bisection on common random numbers. */
export function predict(policy: Policy, scenario: Scenario, ask: PredictionAsk): readonly PredictedLevel[] {
  const { seed, searched = SEARCHED } = ask;
  return ask.wanted.map((wanted) => {
    const errorShare = levelFor(policy, scenario, { wanted, seed, searched });
    // another seed than the search had
    return { ...level(policy, scenario, errorShare, { ...ask, seed: seed + 1 }), wanted };
  });
}

export interface PredictionAsk {
  /** Shares of stopped releases, 0 to 1. */
  readonly wanted: readonly number[];
  readonly releases: number;
  readonly seed: number;
  /** Between measurements. */
  readonly intervalMs: number;
  /** Releases of each step of the search; default 2000. */
  readonly searched?: number;
}

function levelFor(
  policy: Policy,
  scenario: Scenario,
  { wanted, seed, searched }: { readonly wanted: number; readonly seed: number; readonly searched: number },
): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < STEPS; step += 1) {
    // shares of interest are small: halves of the logarithm, once there is one below
    const middle = low === 0 ? high / 4 : Math.sqrt(low * high);
    const { simulate } = simulatorOf(policy, scenario, middle, seed);
    let stopped = 0;
    for (let run = 0; run < searched; run += 1) if (simulate(run).outcome !== 'promoted') stopped += 1;
    if (stopped / searched < wanted) low = middle;
    else high = middle;
  }
  return Math.round(high * PPM) / PPM;
}

function level(
  policy: Policy,
  scenario: Scenario,
  errorShare: number,
  { releases, seed, intervalMs }: PredictionAsk,
): Omit<PredictedLevel, 'wanted'> {
  const { simulate } = simulatorOf(policy, scenario, errorShare, seed);
  const cells = new Map<string, number>();
  const seconds = new Map<string, number>();
  let stopped = 0;
  for (let run = 0; run < releases; run += 1) {
    const measuredMs: number[] = [];
    const { outcome } = simulate(run, ({ atMs }) => measuredMs.push(atMs));
    add(cells, cellOf({ outcome, measuredMs }));
    if (outcome === 'promoted') continue;
    stopped += 1;
    add(seconds, secondsOf({ outcome, measuredMs }, intervalMs));
  }
  return { errorShare, releases, stopped, cells: Object.fromEntries(cells), seconds: Object.fromEntries(seconds) };
}

function simulatorOf(policy: Policy, scenario: Scenario, errorShare: number, seed: number) {
  const fault: Fault = { errorShare };
  return createSimulator(policy, { ...scenario, canary: { ...scenario.canary, fault } }, seed);
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Draws of a distribution by its counts. */
export function drawer(cells: Cells, random: CounterRandom): () => string {
  const entries = Object.entries(cells);
  const all = entries.reduce((sum, [, count]) => sum + count, 0);
  return () => {
    let left = random.uniform() * all;
    for (const [cell, count] of entries) {
      left -= count;
      if (left < 0) return cell;
    }
    return entries.at(-1)![0];
  };
}
