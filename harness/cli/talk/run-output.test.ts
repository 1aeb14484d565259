import { expect, test } from 'vitest';
import { sampleReport } from '../../../reports/model/samples/sample-report.ts';
import { exitCodeOf } from './run-output.ts';

const undecided = sampleReport('inconclusive');
const product = (change: object) => ({ report: { ...undecided, ...change }, directory: 'd', files: new Map() });
const claim = { ...undecided.claims[0]!, outcome: 'inconclusive' as const };

test.each([
  ['undecided at the cap', { splits: [], claims: [{ ...claim, sentence: 'Undecided at the cap.' }] }, 4],
  [
    'the run had no time left',
    { splits: [], claims: [{ ...claim, sentence: 'Not judged: the time budget of the run was spent.' }] },
    6,
  ],
  [
    'the run had no time left for the rest of a claim',
    { splits: [], claims: [{ ...claim, sentence: 'Cut short: the time budget of the run was spent before.' }] },
    6,
  ],
  ['a split had no time left', { splits: [{ ...undecided.splits[0]!, reason: 'time-budget' }], claims: [claim] }, 6],
])('%s: exit code %i', (_, change, code) => {
  expect(exitCodeOf(product(change))).toBe(code);
});
