/** The second address of a run: its own search where it was asked for, and the comparison with the first at equal load. */

import type { CapacityReport } from '../../reports/model/capacity-report.ts';
import { againstRow, withAgainst } from '../capacity-trials/against-answer.ts';
import { type Arm, againstTrials, ratioOf } from '../capacity-trials/against-trials.ts';
import type { CapacityTrials } from '../capacity-trials/capacity-panel.ts';
import type { Conclusion } from '../capacity-trials/peak-answers.ts';
import type { CapacityQuestion } from '../capacity-trials/question.ts';
import type { TrialOrder } from '../capacity-trials/run-trial.ts';
import type { SearchPorts } from '../capacity-trials/search-end.ts';
import type { Progress } from '../ports/progress.ts';
import type { CapacityInput } from './input.ts';

export interface AgainstCanary {
  readonly conclusion: Conclusion;
  readonly row: NonNullable<CapacityReport['against']>;
  /** Undefined where the canary was not searched. */
  readonly search: CapacityTrials | undefined;
}

export interface CanaryBench extends Pick<SearchPorts, 'load' | 'readCpu' | 'now'> {
  readonly progress: Progress;
  probe(arm: Arm): ReturnType<NonNullable<SearchPorts['probe']>>;
  place(arm: Arm): Pick<TrialOrder, 'target' | 'argvPrefix'>;
  search(question: CapacityQuestion, arm: Arm): Promise<CapacityTrials>;
}

/** What is asked of the canary's capacity: the bracket, and nothing about a peak or an overload. */
export function canaryQuestion(input: CapacityInput): CapacityQuestion {
  return { ...input, peak: undefined, pulse: false };
}

/** @param stable what its search came to */
export async function againstCanary(
  input: CapacityInput,
  against: NonNullable<CapacityInput['against']>,
  stable: Conclusion,
  bench: CanaryBench,
  signal: AbortSignal,
): Promise<AgainstCanary> {
  const search = against.both ? await bench.search(canaryQuestion(input), 'canary') : undefined;
  const step = bench.progress.step(`compare ${against.url} with it at equal load`);
  const facts = await againstTrials(
    input,
    stable.bracket?.low,
    { stable: bench.place('stable'), canary: bench.place('canary') },
    { ...bench, live: (words) => step.update(words) },
    signal,
  ).catch((error: unknown) => {
    step.fail('no comparison');
    throw error;
  });
  const ratio = search === undefined ? undefined : ratioOf(stable, search.conclusion);
  const conclusion = withAgainst(stable, input, facts, ratio);
  step.done(conclusion.answers.find(({ question }) => question === 'against')!.sentence);
  return { conclusion, row: againstRow(input, against.url, facts, ratio), search };
}
