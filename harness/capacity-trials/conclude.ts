/** What the trials come to: outcome, one sentence, and the answers about a peak. Pure. */

import { HOLDS_ERROR } from '../capacity/questions/holds.ts';
import type { SearchResult } from '../capacity/search/capacity-search.ts';
import { effectiveBounds } from '../capacity/trial/look-rule.ts';
import { percent } from '../documents/figures.ts';
import type { GeneratorFacts } from './generator-alone.ts';
import { type Conclusion, rate, withPeak, withReturn } from './peak-answers.ts';
import type { CapacityQuestion } from './question.ts';
import type { HoldsEnd, SearchEnd, ToldTrial } from './search-end.ts';

export function conclude(input: CapacityQuestion, end: SearchEnd, trials: readonly ToldTrial[]): Conclusion {
  const measured = concludeMeasured(input, end, trials);
  return end.returned === undefined ? measured : withReturn(measured, end.returned);
}

function concludeMeasured(input: CapacityQuestion, end: SearchEnd, trials: readonly ToldTrial[]): Conclusion {
  const confidence = percent(input.confidence, { digits: 3 });
  const arrivals = input.arrivals === 'paced' ? ', paced arrivals, which overstate it' : '';
  switch (end.end) {
    case 'instrument': {
      const sentence = instrumentSentence(input, end.guards, end.generator);
      return { outcome: 'invalid', sentence, bracket: undefined, answers: [] };
    }
    case 'bracket': {
      const bracket = { ...end.bracket!, confidence: input.confidence, limitedBy: 'subject' as const };
      const sentence = `Holds ${input.objective.text} up to ${rate(bracket.low)} to ${rate(bracket.high)} (${confidence}${arrivals}); both ends were run.`;
      return withPeak(input, bracket, { outcome: 'passed', sentence });
    }
    case 'budget':
      return withinBudget(input, end, arrivals);
    case 'held-at-max':
      return heldAtMax(input, end.generator, trials);
    case 'holds':
      return holds(input, end);
    case 'bad-at-lowest': {
      const lowest = Math.min(...trials.map(({ ratePerSecond }) => ratePerSecond));
      const bracket = { high: lowest, confidence: input.confidence, limitedBy: 'lowest' as const };
      const sentence = `Does not hold ${input.objective.text} even at ${rate(lowest)}, the lowest rate that was tried.`;
      return withPeak(input, bracket, { outcome: 'failed', sentence });
    }
  }
}

function instrumentSentence(
  input: CapacityQuestion,
  guards: readonly string[],
  generator: GeneratorFacts | undefined,
): string {
  if (guards.includes('CAPACITY_GENERATOR_CEILING')) {
    const { carriedRate, reasons } = generator!;
    const carried = carriedRate === 0 ? 'none of the rates that it was tried at' : `no more than ${rate(carriedRate)}`;
    return `No capacity: on a server that answers at once the generator carries ${carried} (${reasons.join(', ')}).`;
  }
  const trials = input.peak?.alone ? 'the trial says' : 'three trials in a row say';
  return `No capacity: ${trials} nothing about the subject (${[...new Set(guards)].join(', ')}).`;
}

function heldAtMax(
  input: CapacityQuestion,
  generator: GeneratorFacts | undefined,
  trials: readonly ToldTrial[],
): Conclusion {
  const arrivals = input.arrivals === 'paced' ? ', paced arrivals, which overstate it' : '';
  const confidence = percent(input.confidence, { digits: 3 });
  const limited = generator?.failedRate !== undefined && generator.carriedRate < input.maxRate;
  const most = limited ? generator.carriedRate : input.maxRate;
  const why = limited ? 'all that the generator carries' : 'the highest rate that was allowed';
  const proven = trials.some((trial) => provesHeld(trial, input, most));
  const bracket = {
    low: proven ? most : undefined,
    confidence: input.confidence,
    limitedBy: limited ? ('generator' as const) : ('max' as const),
  };
  const sentence = proven
    ? `Holds ${input.objective.text} at ${rate(most)}, ${why} (${confidence}${arrivals}).`
    : `Looks held at ${rate(most)}, ${why}, but its trials are too few to say so with ${confidence}.`;
  return withPeak(input, bracket, { outcome: proven ? 'passed' : 'inconclusive', sentence });
}

/** One rate was asked for, and is what the answer is about. */
function holds(input: CapacityQuestion, { held, ratePerSecond, tauSeconds }: HoldsEnd): Conclusion {
  const { objective, budgetSeconds, arrivals } = input;
  const paced = arrivals === 'paced' ? '; paced arrivals, which overstate it' : '';
  const sentence = {
    held: `Holds ${objective.text} at ${rate(ratePerSecond)} (wrong at most once in ${1 / HOLDS_ERROR}${paced}).`,
    broken: `Does not hold ${objective.text} at ${rate(ratePerSecond)}.`,
    open: `Whether ${objective.text} holds at ${rate(ratePerSecond)} is undecided after the time of ${budgetSeconds} s (relaxation time ${Number(tauSeconds.toPrecision(2))} s).`,
  }[held];
  const edge = { held: { low: ratePerSecond }, broken: { high: ratePerSecond }, open: {} }[held];
  const bracket = { ...edge, confidence: 1 - HOLDS_ERROR, limitedBy: held === 'open' ? 'budget' : 'peak' } as const;
  const outcome = ({ held: 'passed', broken: 'failed', open: 'inconclusive' } as const)[held];
  return withPeak(input, bracket, { outcome, sentence });
}

function withinBudget(input: CapacityQuestion, end: SearchResult, arrivals: string): Conclusion {
  const tau = `relaxation time ${Number(end.tauSeconds.toPrecision(2))} s`;
  if (end.bracket === undefined)
    // the exit code for a spent budget is read off these words
    return {
      outcome: 'inconclusive',
      sentence: `Cut short: the time budget of ${input.budgetSeconds} s was spent before there was a bracket (${tau}).`,
      bracket: undefined,
      answers: [],
    };
  const bracket = { ...end.bracket, confidence: input.confidence, limitedBy: 'budget' as const };
  const width = percent(bracket.high / bracket.low - 1, { digits: 3 });
  const needed =
    end.secondsNeeded === undefined
      ? ''
      : `; ${percent(input.width, { digits: 3 })} needs about ${Math.ceil(end.secondsNeeded / 60)} min`;
  const sentence = `Holds ${input.objective.text} up to somewhere from ${rate(bracket.low)} to ${rate(bracket.high)} (${percent(input.confidence, { digits: 3 })}${arrivals}), ${width} wide when the budget was spent: ${tau}${needed}.`;
  return withPeak(input, bracket, { outcome: 'inconclusive', sentence });
}

/** The trial at the highest rate bounds the share from above, on its effective requests. */
function provesHeld(
  { ratePerSecond, phase, statistics, guards }: ToldTrial,
  input: CapacityQuestion,
  most: number,
): boolean {
  if (ratePerSecond < most || phase !== 'pool' || guards.length > 0 || statistics.overloaded) return false;
  return (
    effectiveBounds(statistics.share, statistics.effectiveRequests, 1 - input.confidence).high <=
    input.objective.objectiveShare
  );
}
