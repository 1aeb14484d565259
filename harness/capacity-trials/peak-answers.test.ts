import { expect, it } from 'vitest';
import { parseObjective } from '../documents/response-objective.ts';
import { type Conclusion, withPeak, withReturn } from './peak-answers.ts';
import type { CapacityQuestion, Peak } from './question.ts';
import type { ReturnFacts } from './search-end.ts';

const MEASURED: Conclusion = { outcome: 'passed', sentence: 'Holds.', bracket: undefined, answers: [] };
const told = (change: Partial<ReturnFacts>, measured: Partial<Conclusion> = {}) => {
  const facts = { recovers: undefined, stuck: undefined, afterSeconds: undefined, guards: [], ...change };
  const { outcome, sentence, answers } = withReturn({ ...MEASURED, ...measured }, facts);
  return { outcome, sentence, questions: answers.map(({ question }) => question) };
};

it('a subject that comes back leaves the outcome as it is', () => {
  const back = { recovers: 80, afterSeconds: 3.04 };
  expect(told(back)).toEqual({
    outcome: 'passed',
    sentence: 'Holds. After an overload of 2 s it holds 80/s again (3.0 s after it).',
    questions: ['return'],
  });
  expect(told(back, { outcome: 'inconclusive' }).outcome).toBe('inconclusive');
  expect(told(back, { outcome: 'invalid' }).outcome).toBe('invalid');
});

it('one that stays overloaded fails the run, and what recovers is said', () => {
  expect(told({ stuck: 34, recovers: 28, afterSeconds: 5 })).toMatchObject({
    outcome: 'failed',
    sentence:
      'Holds. METASTABLE: after an overload of 2 s it does not come back at 34/s within 30 s; 28/s recovers (5.0 s after it).',
  });
  expect(told({ stuck: 5 }).sentence).toContain('at 5/s within 30 s; no lower rate that was tried recovers.');
  // the trial below it was spoiled
  expect(told({ stuck: 80, guards: ['CAPACITY_LATE'] })).toMatchObject({
    outcome: 'failed',
    sentence:
      'Holds. METASTABLE: after an overload of 2 s it does not come back at 80/s within 30 s; what recovers is not known: CAPACITY_LATE.',
  });
});

it('a spoiled trial leaves the answer open', () => {
  expect(told({ guards: ['CAPACITY_LATE'] })).toMatchObject({
    outcome: 'inconclusive',
    sentence: 'Holds. Whether it comes back from an overload of 2 s is not known: CAPACITY_LATE.',
  });
});

/** To a peak of 800/s, from a bracket of 400 to 440/s. */
function lastAnswer(peak: Partial<Peak>) {
  const question: CapacityQuestion = {
    ...{ objective: parseObjective('p95<200ms'), fromRate: 10, maxRate: 1000, width: 0.1, confidence: 0.95 },
    ...{ budgetSeconds: 300, trialSeconds: 30, arrivals: 'paced', seed: 1 },
    peak: { ratePerSecond: 800, headroom: 1, growth: undefined, takeBack: undefined, ...peak },
  };
  const bracket = { low: 400, high: 440, confidence: 0.95, limitedBy: 'subject' as const };
  return withPeak(question, bracket, { outcome: 'passed', sentence: 'Holds.' }).answers.at(-1);
}

it.each([
  [0, 'it has no pod (computed, not tried).'],
  [1, 'its 1 pod gets ×3.64 to ×4.00 of what it holds (computed, not tried).'],
  [2, 'its 2 pods get ×1.82 to ×2.00 of what they hold (computed, not tried).'],
])('a canary of %s pods', (pods, words) => {
  const canary = { replicas: 4, steps: [{ weightPercent: 50, pods }], autoscaler: undefined };
  expect(lastAnswer({ canary })).toEqual({
    ...{ question: 'canary-steps', outcome: 'failed' },
    sentence: `The canary saturates at 50 %: ${words}`,
  });
});

it.each([
  [
    800,
    50,
    'failed',
    "2 of stable's 4 pods are left, and an abort gives it traffic only as the other 2 become available; all together do not hold the peak",
  ],
  [
    390,
    75,
    'passed',
    "1 of stable's 4 pods is left, and an abort gives it traffic only as the other 3 become available; all together hold the peak",
  ],
  [420, 10, 'inconclusive', "all of stable's 4 pods are there; all together may not hold the peak"],
])('takes %i/s back at %i %%: %s', (ratePerSecond, weightPercent, outcome, words) => {
  expect(lastAnswer({ ratePerSecond, takeBack: { replicas: 4, weightPercent } })).toEqual({
    ...{ question: 'take-back', outcome },
    sentence: `With dynamicStableScale, at a canary weight of ${weightPercent} %, ${words} (computed, not tried).`,
  });
});

it('says how many pods hold the peak, with its headroom, or that none of those it may speak of do', () => {
  const counts = (pods: readonly number[], rates: readonly number[]) =>
    pods.map((count, index) => ({ pods: count, ratePerSecond: rates[index]! }));
  const few = counts([2, 4, 8], [400, 760, 1400]);
  expect(lastAnswer({ measured: few })).toEqual({
    ...{ question: 'pods', outcome: 'passed' },
    sentence: '5 pods hold 800/s, by straight lines between 3 measured numbers (computed, not tried).',
  });
  expect(lastAnswer({ measured: few, headroom: 2 })).toEqual({
    ...{ question: 'pods', outcome: 'inconclusive' },
    sentence:
      'No number of pods up to 8 holds 1600/s, by straight lines between 3 measured numbers (computed, not tried).',
  });
  const peaked = counts([1, 2, 4, 8, 16, 32], [100, 170, 250, 310, 330, 300]);
  expect(lastAnswer({ measured: peaked })!.sentence).toBe(
    'No number of pods up to 48 holds 800/s, by the universal scalability law fitted to 6 measured numbers (computed, not tried). More than 15 would hold less.',
  );
});
