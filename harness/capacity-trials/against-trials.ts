/**
 * Canary against stable at equal load: four trials at a part of what stable holds, in the order stable, canary, canary,
 * stable. Each pair gets the same arrivals.
 */
import {
  AGAINST_LOAD,
  type ArmTrial,
  type Comparison,
  capacityRatio,
  compareArms,
} from '../capacity/questions/against.ts';
import type { KnownCapacity } from '../capacity/questions/headroom.ts';
import { HarnessError } from '../errors/harness-error.ts';
import type { Conclusion, Decided } from './peak-answers.ts';
import type { CapacityQuestion } from './question.ts';
import { type FinishedTrial, NO_LOOKS, runTrial, type TrialOrder } from './run-trial.ts';
import type { SearchPorts } from './search-end.ts';
import { settle } from './settle.ts';

export type Arm = 'stable' | 'canary';

/** The order, and of which pair each is. */
const ORDER: readonly (readonly [Arm, number])[] = [
  ['stable', 1],
  ['canary', 1],
  ['canary', 2],
  ['stable', 2],
];

export interface AgainstTrial extends FinishedTrial {
  readonly arm: Arm;
}

export interface AgainstFacts {
  /** Of every trial; undefined: no rate was held by stable. */
  readonly ratePerSecond: number | undefined;
  readonly trials: readonly AgainstTrial[];
  /** Undefined where the guards say why nothing can be said. */
  readonly comparison: Comparison | undefined;
  readonly guards: readonly string[];
}

/** Canary by stable, where both were searched. */
export interface RatioFacts {
  readonly ratio: KnownCapacity;
  /** Of the canary's search. */
  readonly outcome: Decided;
}

export interface AgainstPorts extends Pick<SearchPorts, 'load' | 'readCpu' | 'now' | 'live'> {
  probe(arm: Arm): ReturnType<NonNullable<SearchPorts['probe']>>;
}

/**
 * A trial that says nothing, or whose generator failed, ends it: a pair without its other half compares nothing.
 * @param held requests per second that stable holds; undefined: none
 */
export async function againstTrials(
  question: CapacityQuestion,
  held: number | undefined,
  places: Readonly<Record<Arm, Pick<TrialOrder, 'target' | 'argvPrefix'>>>,
  ports: AgainstPorts,
  signal: AbortSignal,
): Promise<AgainstFacts> {
  const nothing = { comparison: undefined };
  if (held === undefined)
    return { ...nothing, ratePerSecond: undefined, trials: [], guards: ['CAPACITY_NOTHING_HELD'] };
  const ratePerSecond = AGAINST_LOAD * held;
  const trials: AgainstTrial[] = [];
  for (const [index, [arm, pair]] of ORDER.entries()) {
    ports.live(`${arm}, ${index + 1} of ${ORDER.length} at ${ratePerSecond.toFixed(1)}/s`);
    const trial = await equalTrial(question, ratePerSecond, pair, arm, places[arm], ports, signal).catch(spoiledBy);
    if ('code' in trial) return { ...nothing, ratePerSecond, trials, guards: [trial.code] };
    trials.push({ ...trial, arm });
    if (trial.guards.length > 0) return { ...nothing, ratePerSecond, trials, guards: trial.guards };
    const probe = () => ports.probe(arm);
    if (trial.statistics.estimate > question.objective.objectiveShare)
      await settle(question.objective, { probe, now: ports.now }, signal);
  }
  const comparison = compareArms(armOf(trials, 'stable'), armOf(trials, 'canary'), {
    ratePerSecond,
    limitSeconds: question.objective.limitMs / 1000,
    confidence: question.confidence,
  });
  return { ratePerSecond, trials, comparison, guards: [] };
}

/** From what both searches came to. */
export function ratioOf(stable: Conclusion, canary: Conclusion): RatioFacts {
  const ends = ({ bracket }: Conclusion): KnownCapacity => ({ low: bracket?.low, high: bracket?.high });
  return {
    ratio: capacityRatio(ends(stable), ends(canary)),
    outcome: canary.outcome === 'invalid' ? 'inconclusive' : canary.outcome,
  };
}

/** @throws HarnessError of the generator */
function equalTrial(
  { objective, arrivals, seed, trialSeconds }: CapacityQuestion,
  ratePerSecond: number,
  pair: number,
  arm: Arm,
  place: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  ports: AgainstPorts,
  signal: AbortSignal,
): Promise<FinishedTrial> {
  return runTrial(
    {
      ...{ arrivals, objective, ratePerSecond },
      ...place,
      phase: `against-${pair}-${arm}`,
      seconds: trialSeconds,
      looks: NO_LOOKS,
      keepsAnswers: true,
      seed: (seed + pair * 15_485_863) | 0,
    },
    { load: ports.load, readCpu: ports.readCpu, live: () => undefined },
    signal,
  );
}

/** By the code of its error. @throws what is no HarnessError */
function spoiledBy(error: unknown): { readonly code: string } {
  if (!(error instanceof HarnessError)) throw error;
  return { code: error.code };
}

function armOf(trials: readonly AgainstTrial[], of: Arm): readonly ArmTrial[] {
  return trials
    .filter(({ arm }) => arm === of)
    .map(({ statistics, recorded, answers }) => ({ statistics, bins: recorded.bins, answers: answers! }));
}
