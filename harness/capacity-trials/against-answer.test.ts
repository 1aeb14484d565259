import { expect, it } from 'vitest';
import { comparedTo } from '../capacity/questions/against.ts';
import { parseObjective } from '../documents/response-objective.ts';
import { againstRow, withAgainst } from './against-answer.ts';
import type { AgainstFacts } from './against-trials.ts';
import type { Conclusion } from './peak-answers.ts';
import type { CapacityQuestion } from './question.ts';

const QUESTION: CapacityQuestion = {
  ...{ objective: parseObjective('p95<500ms'), fromRate: 10, maxRate: 1000, width: 0.1, confidence: 0.98 },
  ...{ budgetSeconds: 300, trialSeconds: 30, arrivals: 'poisson', seed: 1, peak: undefined },
};
const HELD: Conclusion = { outcome: 'passed', sentence: 'Holds.', bracket: undefined, answers: [] };
const around = (value: number, by: number) => ({ value, low: value - by, high: value + by });
const facts = (canaryShare: number, by: number): AgainstFacts => ({
  ...{ ratePerSecond: 244.04, trials: [], guards: [] },
  comparison: {
    share: comparedTo(around(0.01, 0), around(canaryShare, by)),
    effectiveRequests: { stable: 800.4, canary: 700.2 },
    quantiles: [
      { quantile: 0.5, ...comparedTo(around(50, 1), around(62.34, 0)) },
      { quantile: 0.99, ...comparedTo(around(300, 10), { value: Infinity, low: 400, high: Infinity }) },
    ],
  },
});
const answered = (known: AgainstFacts, measured = HELD) => withAgainst(measured, QUESTION, known, undefined);

it('says what is worse, by how much, and how sure that is', () => {
  expect(answered(facts(0.04, 0.01))).toMatchObject({
    outcome: 'failed',
    sentence:
      "Holds. The canary is worse than stable: at 244/s 4 % of its answers are bad and 1 % of stable's (+3 points; 98 %: +2 to +4 points; n_eff 700 and 800). Its p50 +12 ms (+11 to +13), p99 without an answer.",
    answers: [{ question: 'against', outcome: 'failed' }],
  });
  expect(answered(facts(0.012, 0.01)).sentence).toContain('The canary has at most +1.2 points more bad answers');
  expect(answered(facts(0.012, 0.09))).toMatchObject({ outcome: 'inconclusive' });
  expect(answered(facts(0.012, 0.09)).sentence).toContain('Whether the canary is worse than stable is open: at 244/s');
});

it('adds to what was measured, and never makes it better', () => {
  expect(answered(facts(0.012, 0.01)).outcome).toBe('passed');
  expect(answered(facts(0.012, 0.01), { ...HELD, outcome: 'failed' }).outcome).toBe('failed');
  expect(answered(facts(0.04, 0.01), { ...HELD, outcome: 'invalid' }).outcome).toBe('invalid');
});

it('says a ratio by its known ends', () => {
  const ratio = (low: number | undefined, high: number | undefined) =>
    withAgainst(HELD, QUESTION, facts(0.01, 0.01), { ratio: { low, high }, outcome: 'inconclusive' });
  expect(ratio(0.71, undefined).sentence).toContain('The canary holds ×0.710 to ? of what stable holds.');
  expect(ratio(undefined, undefined).sentence).toContain('beside what stable holds is not known.');
  expect(ratio(0.71, 0.8)).toMatchObject({ outcome: 'inconclusive', answers: [{}, { question: 'ratio' }] });
});

it('leaves out of the document what has no figure', () => {
  const row = againstRow(QUESTION, 'http://127.0.0.1:4/', facts(0.04, 0.01), undefined);
  expect(JSON.parse(JSON.stringify(row.quantiles![1]))).toEqual({
    quantile: 0.99,
    stable: { value: 300, low: 290, high: 310 },
    canary: { low: 400 },
    difference: {},
  });
  expect(row).not.toHaveProperty('ratio');
});
