import { expect, it } from 'vitest';
import { type Conclusion, withReturn } from './peak-answers.ts';
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
});

it('a spoiled trial leaves the answer open', () => {
  expect(told({ guards: ['CAPACITY_LATE'] })).toMatchObject({
    outcome: 'inconclusive',
    sentence: 'Holds. Whether it comes back from an overload of 2 s is not known: CAPACITY_LATE.',
  });
});
