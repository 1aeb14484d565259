/** What became of each run, how many may go wrong, and whether the proof holds. Pure. */
import { binomialUpperTail } from '../../stats/proportion.ts';
import type { PlantedRun } from './journal.ts';
import { missedBy } from './planted-truth.ts';
import type { System } from './systems.ts';

/**
 * `inside`: the bracket holds some of the truth. `missed`, `far`: it does not. `open`: it has one side only, or none, and
 * says nothing wrong. `invalid`: the product itself says that the run counts for nothing. Of a spoilt instrument, `told`:
 * it says so for that very reason; `not told`: it says something of the subject instead.
 */
export type Fate = 'inside' | 'missed' | 'far' | 'open' | 'invalid' | 'told' | 'not told';

/** A bracket that misses by more is far off, as a share of the truth. */
const FAR = 0.0125;
/** Brackets that may be far off, as a share: what the design promises. */
const FAR_SHARE = 0.02;
/** P(a proof of a sound search is called broken), at most, for each of its counts. Allows 4 misses of 20 at 95 %. */
const TEST_LEVEL = 5e-3;

export function fateOf(system: System, run: Pick<PlantedRun, 'outcome' | 'low' | 'high' | 'truth' | 'codes'>): Fate {
  const { outcome, low, high, truth, codes } = run;
  if (system.kind === 'invalid' && outcome !== 'invalid') return 'not told';
  if (system.kind === 'invalid' && codes.some((code) => system.codes.includes(code))) return 'told';
  if (outcome === 'invalid') return 'invalid';
  const by = truth === undefined ? 0 : missedBy({ low, high }, truth);
  if (by > 0) return by > FAR ? 'far' : 'missed';
  return low === undefined || high === undefined ? 'open' : 'inside';
}

/** Smallest k that Binomial(runs, rate) exceeds with a chance of at most TEST_LEVEL. */
export function allowedMisses(runs: number, rate: number): number {
  let limit = 0;
  while (binomialUpperTail(limit + 1, runs, rate) > TEST_LEVEL) limit += 1;
  return limit;
}

export interface Score {
  readonly title: string;
  /** Those that say something of a bracket, or of a spoilt instrument. */
  readonly counted: number;
  readonly bad: number;
  readonly allowed: number;
  readonly open: number;
  readonly invalid: number;
  readonly kept: boolean;
}

export interface CapacityProof {
  readonly scores: readonly Score[];
  /** Runs of brackets and spoilt instruments that are still without an answer. */
  readonly missing: number;
  /** `inconclusive`: something is missing. */
  readonly outcome: 'passed' | 'failed' | 'inconclusive';
}

export interface ProofSize {
  readonly systems: readonly System[];
  readonly repeat: number;
  /** Of the brackets, 0 to 1. */
  readonly confidence: number;
}

const ANSWERED: readonly Fate[] = ['inside', 'missed', 'far'];

export function proofOf({ systems, repeat, confidence }: ProofSize, runs: readonly PlantedRun[]): CapacityProof {
  const of = ({ key }: System) => runs.filter(({ system }) => system === key);
  const scores = systems.map((system) => scoreOf(system, of(system), confidence));
  const brackets = systems.filter(({ kind }) => kind === 'bracket');
  const fates = brackets.flatMap((system) => of(system).map((run) => fateOf(system, run)));
  const answered = fates.filter((fate) => ANSWERED.includes(fate)).length;
  const far = fates.filter((fate) => fate === 'far').length;
  const missed = answered - fates.filter((fate) => fate === 'inside').length;
  const together =
    brackets.length < 2
      ? []
      : [counted('all brackets together', answered, missed, allowedMisses(answered, 1 - confidence))];
  const all = [
    ...scores,
    ...together,
    ...(answered === 0
      ? []
      : [
          counted(
            `of all brackets, off by more than ${FAR * 100} %`,
            answered,
            far,
            allowedMisses(answered, FAR_SHARE),
          ),
        ]),
    ...brackets.flatMap((system) => controlOf(system, of(system))),
  ];
  const missing = scores.reduce((sum, score) => sum + Math.max(0, repeat - score.counted), 0);
  const outcome = all.some(({ kept }) => !kept) ? 'failed' : missing > 0 ? 'inconclusive' : 'passed';
  return { scores: all, missing, outcome };
}

function scoreOf(system: System, runs: readonly PlantedRun[], confidence: number): Score {
  const fates = runs.map((run) => fateOf(system, run));
  const count = (...wanted: readonly Fate[]) => fates.filter((fate) => wanted.includes(fate)).length;
  const answered = count(...ANSWERED);
  const score =
    system.kind === 'invalid'
      ? counted(system.title, count('told', 'not told'), count('not told'), 0)
      : counted(system.title, answered, count('missed', 'far'), allowedMisses(answered, 1 - confidence));
  return { ...score, open: count('open'), invalid: count('invalid') };
}

/** A wrong way to know the truth must be seen to be wrong, each time. */
function controlOf(system: System, runs: readonly PlantedRun[]): readonly Score[] {
  if (system.kind !== 'bracket' || system.control === undefined) return [];
  const { title, truth } = system.control;
  const fates = runs.map((run) => fateOf(system, { ...run, truth })).filter((fate) => ANSWERED.includes(fate));
  return [counted(`control: ${title}`, fates.length, fates.filter((fate) => fate === 'inside').length, 0)];
}

function counted(title: string, runs: number, bad: number, allowed: number): Score {
  return { ...{ title, counted: runs, bad, allowed }, open: 0, invalid: 0, kept: bad <= allowed };
}

/** Attempts at a run that the product calls invalid, before the machine is called too busy. */
const MOST_ATTEMPTS = 3;

export interface Order {
  readonly system: System;
  readonly number: number;
}

/**
 * What is still to be run: each system once before any twice, so that an early end leaves them even; of those without an
 * answer the one that was tried least, because what makes one run invalid is seldom over at once. Beside others that run
 * only what may be beside them; undefined: nothing is left, or what is left has to wait.
 */
export function nextRun(
  { systems, repeat }: Pick<ProofSize, 'systems' | 'repeat'>,
  runs: readonly PlantedRun[],
  running: readonly Order[] = [],
): Order | undefined {
  const mayBegin = ({ sideBySide = false }: System) =>
    running.length === 0 || (sideBySide && running.every(({ system }) => system.sideBySide));
  for (let number = 1; number <= repeat; number += 1) {
    const attempts = (system: System) => runs.filter((run) => run.system === system.key && run.number === number);
    const left = systems
      .map((system) => ({ system, tried: attempts(system) }))
      .filter(({ system, tried }) => tried.every((run) => ['invalid', 'open'].includes(fateOf(system, run))))
      .filter(({ tried }) => tried.length < MOST_ATTEMPTS)
      .toSorted((a, b) => a.tried.length - b.tried.length);
    const isRunning = ({ system }: { readonly system: System }) =>
      running.some((order) => order.number === number && order.system.key === system.key);
    const next = left.find((one) => !isRunning(one) && mayBegin(one.system));
    if (next !== undefined) return { system: next.system, number };
    if (left.length > 0) return undefined;
  }
  return undefined;
}
