/** What the trials come to: outcome, one sentence, and the answers about a peak. Pure. */

import type { CapacityReport } from '../../reports/model/capacity-report.ts';
import {
  headroomGate,
  type KnownCapacity,
  monthsLeft,
  takeBackFactor,
  takesBack,
} from '../capacity/questions/headroom.ts';
import type { SearchResult } from '../capacity/search/capacity-search.ts';
import { effectiveBounds } from '../capacity/trial/look-rule.ts';
import { percent } from '../documents/figures.ts';
import type { CapacityQuestion } from './question.ts';
import type { FinishedTrial } from './run-trial.ts';

export type SearchEnd = SearchResult | { readonly end: 'instrument'; readonly guards: readonly string[] };

export interface ToldTrial extends FinishedTrial {
  readonly phase: 'range' | 'narrow' | 'pool' | 'ends';
  readonly ratePerSecond: number;
}

export interface Conclusion {
  readonly outcome: 'passed' | 'failed' | 'inconclusive' | 'invalid';
  readonly sentence: string;
  readonly bracket: CapacityReport['bracket'];
  readonly answers: CapacityReport['answers'];
}

const rate = (value: number) => `${Number(value.toPrecision(4))}/s`;

export function conclude(input: CapacityQuestion, end: SearchEnd, trials: readonly ToldTrial[]): Conclusion {
  const confidence = percent(input.confidence, { digits: 3 });
  const arrivals = input.arrivals === 'paced' ? ', paced arrivals, which overstate it' : '';
  switch (end.end) {
    case 'instrument': {
      const sentence = `No capacity: three trials in a row say nothing about the subject (${[...new Set(end.guards)].join(', ')}).`;
      return { outcome: 'invalid', sentence, bracket: undefined, answers: [] };
    }
    case 'bracket': {
      const bracket = { ...end.bracket!, confidence: input.confidence, limitedBy: 'subject' as const };
      const sentence = `Holds ${input.objective.text} up to ${rate(bracket.low)} to ${rate(bracket.high)} (${confidence}${arrivals}); both ends were run.`;
      return withPeak(input, bracket, { outcome: 'passed', sentence });
    }
    case 'budget':
      return withinBudget(input, end, arrivals);
    case 'held-at-max': {
      const proven = trials.some((trial) => provesHeld(trial, input));
      const bracket = {
        low: proven ? input.maxRate : undefined,
        confidence: input.confidence,
        limitedBy: 'max' as const,
      };
      const sentence = proven
        ? `Holds ${input.objective.text} at ${rate(input.maxRate)}, the highest rate that was allowed (${confidence}${arrivals}).`
        : `Looks held at ${rate(input.maxRate)}, the highest rate that was allowed, but its trials are too few to say so with ${confidence}.`;
      return withPeak(input, bracket, { outcome: proven ? 'passed' : 'inconclusive', sentence });
    }
    case 'bad-at-lowest': {
      const lowest = Math.min(...trials.map(({ ratePerSecond }) => ratePerSecond));
      const bracket = { high: lowest, confidence: input.confidence, limitedBy: 'lowest' as const };
      const sentence = `Does not hold ${input.objective.text} even at ${rate(lowest)}, the lowest rate that was tried.`;
      return withPeak(input, bracket, { outcome: 'failed', sentence });
    }
  }
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

/** The peak, when there is one, is what passes or fails. */
function withPeak(
  input: CapacityQuestion,
  bracket: NonNullable<CapacityReport['bracket']>,
  measured: Pick<Conclusion, 'outcome' | 'sentence'>,
): Conclusion {
  if (input.peak === undefined) return { ...measured, bracket, answers: [] };
  const { ratePerSecond, headroom, growth, takeBack } = input.peak;
  const known: KnownCapacity = { low: bracket.low, high: bracket.high };
  const outcome = headroomGate(known, ratePerSecond, headroom);
  const times = [bracket.low, bracket.high].map((value) =>
    value === undefined ? '?' : `×${(value / ratePerSecond).toFixed(2)}`,
  );
  const sentence = `Peak ${rate(ratePerSecond)}: ${times.join(' to ')}, ×${headroom} asked.`;
  const answers = [{ question: 'headroom', outcome, sentence }];
  if (growth !== undefined) {
    const { from, to } = monthsLeft(known, ratePerSecond, growth);
    const months = [from, to].map((value) => (value === undefined ? '?' : value.toFixed(1))).join(' to ');
    answers.push({
      question: 'forecast',
      outcome,
      sentence: `At ${percent(growth, { digits: 3 })} a month the peak meets the capacity in ${months} months.`,
    });
  }
  if (takeBack !== undefined) {
    const { replicas, weightPercent } = takeBack;
    const factor = takeBackFactor(replicas, weightPercent);
    answers.push({
      question: 'take-back',
      outcome: takesBack(known, ratePerSecond, replicas, weightPercent),
      sentence: `With dynamicStableScale ${Math.round(replicas / factor)} of ${replicas} stable pods are left at a canary weight of ${weightPercent} %; taking everything back is ×${factor.toFixed(2)} of the peak per pod (computed, not tried).`,
    });
  }
  return {
    outcome: worst(answers),
    sentence: `${measured.sentence} ${answers.map((answer) => answer.sentence).join(' ')}`,
    bracket,
    answers,
  };
}

/** The trial at the highest rate bounds the share from above, on its effective requests. */
function provesHeld({ ratePerSecond, phase, statistics, guards }: ToldTrial, input: CapacityQuestion): boolean {
  if (ratePerSecond < input.maxRate || phase !== 'pool' || guards.length > 0 || statistics.overloaded) return false;
  return (
    effectiveBounds(statistics.share, statistics.effectiveRequests, 1 - input.confidence).high <=
    input.objective.objectiveShare
  );
}

/** Of all answers: one that failed fails the run, one that is open leaves it open. */
function worst(answers: readonly { readonly outcome: 'passed' | 'failed' | 'inconclusive' }[]) {
  if (answers.some(({ outcome }) => outcome === 'failed')) return 'failed' as const;
  return answers.some(({ outcome }) => outcome === 'inconclusive') ? ('inconclusive' as const) : ('passed' as const);
}
