/** What the trials say about a peak, and what that makes of the run. Pure. */
import type { CapacityReport } from '../../reports/model/capacity-report.ts';
import { canaryLoads, type StepLoad } from '../capacity/questions/canary-steps.ts';
import { headroomGate, type KnownCapacity, monthsLeft } from '../capacity/questions/headroom.ts';
import { type MeasuredPods, podsNeeded } from '../capacity/questions/pods.ts';
import { PULSE, WITHIN_SECONDS } from '../capacity/questions/return-from-overload.ts';
import { podsAtWeight, takesBack } from '../capacity/questions/take-back.ts';
import { percent } from '../documents/figures.ts';
import { type CapacityQuestion, neededRate, type Peak } from './question.ts';
import type { ReturnFacts } from './search-end.ts';

export interface Conclusion {
  readonly outcome: 'passed' | 'failed' | 'inconclusive' | 'invalid';
  readonly sentence: string;
  readonly bracket: CapacityReport['bracket'];
  readonly answers: CapacityReport['answers'];
}

export type Decided = Exclude<Conclusion['outcome'], 'invalid'>;

export const rate = (value: number) => `${Number(value.toPrecision(4))}/s`;

/** The peak, when there is one, is what passes or fails. */
export function withPeak(
  input: CapacityQuestion,
  bracket: NonNullable<CapacityReport['bracket']>,
  measured: { readonly outcome: Decided; readonly sentence: string },
): Conclusion {
  if (input.peak === undefined) return { ...measured, bracket, answers: [] };
  const { ratePerSecond, headroom, growth, takeBack, alone, canary, measured: counts } = input.peak;
  const known: KnownCapacity = { low: bracket.low, high: bracket.high };
  const outcome = alone ? measured.outcome : headroomGate(known, ratePerSecond, headroom);
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
  if (takeBack !== undefined) answers.push(takeBackAnswer(takeBack, known, ratePerSecond));
  if (canary !== undefined) answers.push(canaryAnswer(canary, known, ratePerSecond));
  if (counts !== undefined) answers.push(podsAnswer(counts, neededRate(input.peak)));
  return {
    outcome: worst(answers),
    sentence: `${measured.sentence} ${answers.map((answer) => answer.sentence).join(' ')}`,
    bracket,
    answers,
  };
}

function takeBackAnswer(
  { replicas, weightPercent }: NonNullable<Peak['takeBack']>,
  capacity: KnownCapacity,
  peak: number,
) {
  const outcome = takesBack(capacity, peak);
  const { left, missing } = podsAtWeight(replicas, weightPercent);
  const pods = (count: number) => `${count} ${count === 1 ? 'pod' : 'pods'}`;
  const first =
    missing === 0
      ? `all of stable's ${pods(replicas)} are there`
      : `${left} of stable's ${pods(replicas)} ${left === 1 ? 'is' : 'are'} left, and an abort gives it traffic only as the other ${missing} become available`;
  const holds = { passed: 'hold the peak', failed: 'do not hold the peak', inconclusive: 'may not hold the peak' }[
    outcome
  ];
  return {
    question: 'take-back',
    outcome,
    sentence: `With dynamicStableScale, at a canary weight of ${weightPercent} %, ${first}; all together ${holds} (computed, not tried).`,
  };
}

function podsAnswer(measured: readonly MeasuredPods[], needed: number) {
  const { by, pods, most, bestPods } = podsNeeded(measured, needed);
  const how = {
    fit: `by the universal scalability law fitted to ${measured.length} measured numbers`,
    lines: `by straight lines between ${measured.length} measured numbers`,
  }[by];
  const words =
    pods === undefined
      ? `No number of pods up to ${most} holds ${rate(needed)}`
      : `${pods} ${pods === 1 ? 'pod holds' : 'pods hold'} ${rate(needed)}`;
  const outcome: Decided = pods === undefined ? 'inconclusive' : 'passed';
  const less = bestPods === undefined ? '' : ` More than ${bestPods} would hold less.`;
  return { question: 'pods', outcome, sentence: `${words}, ${how} (computed, not tried).${less}` };
}

/** The first step at which the canary does not hold its part, or the first that is open, else that all hold. */
function canaryAnswer(canary: NonNullable<Peak['canary']>, capacity: KnownCapacity, peak: number) {
  const loads = canaryLoads({ ...canary, capacity, peak });
  const outcome = worst(loads);
  const shown = loads.find((load) => load.outcome === outcome && outcome !== 'passed');
  return { question: 'canary-steps', outcome, sentence: canarySentence(canary, shown, loads) };
}

function canarySentence(
  { autoscaler }: NonNullable<Peak['canary']>,
  shown: StepLoad | undefined,
  loads: readonly StepLoad[],
): string {
  if (shown === undefined)
    return `The canary holds its part of the peak at every step, at most ×${Math.max(...loads.map(({ load }) => load.to ?? 0)).toFixed(2)} of what its pods hold (computed, not tried).`;
  const { weightPercent, canaryPods, load, average, replicas, outcome } = shown;
  const times = [load.from, load.to].map((value) => (value === undefined ? '?' : `×${value.toFixed(2)}`)).join(' to ');
  const verb = outcome === 'failed' ? 'saturates' : 'may saturate';
  const hidden =
    autoscaler === undefined || average === undefined
      ? ''
      : ` The autoscaler, with ${replicas} replicas, sees an average of ${percent(average, { digits: 2 })} and aims at ${percent(autoscaler.target, { digits: 2 })}, so it ${average > autoscaler.target ? 'would add pods up to its limit' : 'adds none'}.`;
  const few = ['it has no pod', `its 1 pod gets ${times} of what it holds`];
  const pods = few[canaryPods] ?? `its ${canaryPods} pods get ${times} of what they hold`;
  return `The canary ${verb} at ${weightPercent} %: ${pods} (computed, not tried).${hidden}`;
}

/** A subject that stays overloaded under a load that it held fails the run, whatever its bracket is. */
export function withReturn(measured: Conclusion, returned: ReturnFacts): Conclusion {
  const answer = { question: 'return', ...returnAnswer(returned) };
  const { outcome } = measured;
  return {
    ...measured,
    outcome: outcome === 'invalid' ? outcome : worst([{ outcome }, answer]),
    sentence: `${measured.sentence} ${answer.sentence}`,
    answers: [...measured.answers, answer],
  };
}

function returnAnswer({ recovers, stuck, afterSeconds, guards }: ReturnFacts): { outcome: Decided; sentence: string } {
  const pulse = `an overload of ${PULSE.seconds} s`;
  const after = afterSeconds === undefined ? '' : ` (${afterSeconds.toFixed(1)} s after it)`;
  if (stuck !== undefined) {
    const none =
      guards.length === 0
        ? 'no lower rate that was tried recovers'
        : `what recovers is not known: ${guards.join(', ')}`;
    const down = recovers === undefined ? none : `${rate(recovers)} recovers${after}`;
    return {
      outcome: 'failed',
      sentence: `METASTABLE: after ${pulse} it does not come back at ${rate(stuck)} within ${WITHIN_SECONDS} s; ${down}.`,
    };
  }
  if (recovers !== undefined)
    return { outcome: 'passed', sentence: `After ${pulse} it holds ${rate(recovers)} again${after}.` };
  return {
    outcome: 'inconclusive',
    sentence: `Whether it comes back from ${pulse} is not known: ${guards.join(', ')}.`,
  };
}

/** Of all answers: one that failed fails the run, one that is open leaves it open. */
export function worst(answers: readonly { readonly outcome: Decided }[]) {
  if (answers.some(({ outcome }) => outcome === 'failed')) return 'failed' as const;
  return answers.some(({ outcome }) => outcome === 'inconclusive') ? ('inconclusive' as const) : ('passed' as const);
}
