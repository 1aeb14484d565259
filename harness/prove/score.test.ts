import { expect, test } from 'vitest';
import type { Row } from './case.ts';
import { allowedErrors, type Observation, scoreRow } from './score.ts';
import { scoreTable } from './score-table.ts';

const row = (change: Partial<Row> = {}): Row => ({
  name: 'row',
  kind: 'mutant',
  reason: 'why',
  errorRate: 1.5e-3,
  observe: () => ({ asExpected: true, rightReason: true, said: '' }),
  ...change,
});
const seen = (change: Partial<Observation> = {}): Observation => ({
  asExpected: true,
  rightReason: true,
  said: 'said',
  spoilt: false,
  outcome: 'failed',
  requests: 1000,
  seconds: 1,
  ...change,
});

test('a row may err as often as its rate allows, and no more', () => {
  expect([1, 2, 20, 400].map((runs) => allowedErrors(runs, 1.5e-3))).toEqual([0, 1, 1, 4]);
  expect(allowedErrors(1000, 0)).toBe(0);
  const wrong = seen({ asExpected: false, rightReason: false });
  expect(scoreRow(row(), [wrong, seen()]).kept).toBe(true);
  expect(scoreRow(row(), [wrong, wrong])).toMatchObject({ kept: false, oddities: ['said', 'said'] });
  expect(scoreRow(row({ errorRate: 0 }), [wrong, seen()]).kept).toBe(false);
});

test('found for the wrong reason is not kept, and is counted apart', () => {
  const score = scoreRow(row({ errorRate: 0 }), [seen({ rightReason: false })]);
  expect(score).toMatchObject({ kept: false, asExpected: { count: 1 }, rightReason: { count: 0 } });
  expect(scoreTable([score])).toContain('BROKEN');
});

test('runs that the machine spoilt count for nothing; with nothing else there is no proof', () => {
  const score = scoreRow(row(), [seen({ spoilt: true }), seen({ requests: 500 }), seen()]);
  expect(score).toMatchObject({ runs: 2, spoilt: 1, kept: true, requests: { median: 1000, max: 1000 } });
  expect(scoreRow(row(), [seen({ spoilt: true })]).kept).toBe(false);
  expect(scoreRow(row(), []).kept).toBe(false);
});
