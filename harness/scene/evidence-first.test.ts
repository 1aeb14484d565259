import { expect, test } from 'vitest';
import type { BooksReport, ClaimReport } from '../../reports/model/run-report.ts';
import { evidenceFirst } from './evidence-first.ts';

const books = (problems: readonly string[]): BooksReport => ({
  ...{ id: 'b', title: 'b', sent: 1, answeredByArm: [], errors: 0, unattributed: 0, interrupted: 0 },
  ...{ droppedIterations: 0, witnesses: [] },
  generator: { cpuShare: 0, vusMax: 1, vusAllocated: 1, offeredPerSecond: 1, achievedPerSecond: 1 },
  outcome: problems.length === 0 ? 'passed' : 'invalid',
  problems: [...problems],
});
const said = (outcome: ClaimReport['outcome'], sentence: string, ...all: readonly (readonly string[])[]) =>
  evidenceFirst({
    claim: { id: 'a/b', title: 'b', outcome, sentence, details: [], durationMs: 1 },
    books: all.map(books),
  }).claim.sentence;
const BAD = 'No verdict, the evidence is bad: 3 iterations were dropped.';

test('why there is no verdict is the first sentence, whatever was seen', () => {
  expect(said('invalid', 'None of 9 requests were lost.', ['3 iterations were dropped'])).toBe(
    `${BAD} Seen all the same: None of 9 requests were lost.`,
  );
  expect(said('invalid', '', ['3 iterations were dropped'])).toBe(BAD);
});

test('every problem is said once, also where several loads have it', () => {
  expect(said('invalid', 'Seen.', ['x', 'y'], ['y'], [])).toBe(
    'No verdict, the evidence is bad: x; y. Seen all the same: Seen.',
  );
});

test('a sentence that begins with the reason stays as it is; one that ends with it is turned round', () => {
  const first = `ingress: ${BAD}`;
  expect(said('invalid', first, ['3 iterations were dropped'])).toBe(first);
  expect(said('invalid', `It waited. ${BAD} It went on.`, ['3 iterations were dropped'])).toBe(
    `${BAD} Seen all the same: It waited. It went on.`,
  );
});

test('where something else decided, bad books are said at the end; good ones not at all', () => {
  expect(said('failed', 'Two were lost.', ['x'])).toBe('Two were lost. The books are bad: x.');
  expect(said('failed', 'Two were lost; x.', ['x'])).toBe('Two were lost; x.');
  expect(said('passed', 'None was lost.', [])).toBe('None was lost.');
  // invalid for another reason, which it says itself
  expect(said('invalid', 'Could not be judged: no API server', [])).toBe('Could not be judged: no API server');
});
