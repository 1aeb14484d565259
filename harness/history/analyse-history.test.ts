import { expect, test } from 'vitest';
import { type HistoryLine, historyLinesOf } from '../../reports/model/history/history-line.ts';
import type { OutcomeReport } from '../../reports/model/run-report.ts';
import { type Night, nightReport, SPLIT_CLAIM, tenNights } from '../testkit/sample-history.ts';
import { analyseHistory } from './analyse-history.ts';

const linesOf = (nights: readonly Night[]) => nights.flatMap((night) => historyLinesOf(nightReport(night), undefined));
const analyse = (lines: readonly HistoryLine[], last = 30) =>
  analyseHistory({ lines, problems: [] }, { subject: undefined, claims: [SPLIT_CLAIM], last });
function claimOf(lines: readonly HistoryLine[]) {
  const [subject] = analyse(lines).subjects;
  return { runs: subject!.runs, ...subject!.claims[0]! };
}
const OUTCOME: Readonly<Record<string, OutcomeReport>> = { P: 'passed', F: 'failed', I: 'inconclusive' };
/** One commit a night unless told otherwise. */
const nights = (text: string, commit = (night: number) => `${night}`.repeat(40)): Night[] =>
  [...text].map((letter, night) => ({ night, commit: commit(night), outcome: OUTCOME[letter]! }));

test('ten nights with a planted regression: found at its run, with the release that came with it', () => {
  const lines = tenNights().flatMap((report) => historyLinesOf(report, undefined));
  const claim = claimOf(lines.toReversed());
  expect(claim.cells.map((cell) => cell?.outcome[0]).join('')).toBe('ppppppffff');
  expect(claim.regression).toMatchObject({ run: 6, passedBefore: 5, undecided: 0 });
  expect(claim.regression?.differences).toEqual([
    'argo-rollouts 1.8.5 → 1.9.2',
    `commit ${'5'.repeat(12)} → ${'6'.repeat(12)}`,
  ]);
  const shares = claim.changes.filter(({ what }) => what === 'share');
  expect(shares).toEqual([expect.objectContaining({ run: 6, declared: false })]);
  expect(shares[0]?.from).toBeCloseTo(0.1, 1);
  expect(shares[0]?.to).toBeCloseTo(0.15, 2);
  expect(claim.flakiness).toBeUndefined();
  expect(claim.split).toBe('reviews-90-10-mesh');
});

test('undecided runs neither pass nor begin a failure', () => {
  expect(claimOf(linesOf(nights('PPIFI'))).regression).toMatchObject({ run: 3, passedBefore: 1, undecided: 1 });
  expect(claimOf(linesOf(nights('PPII'))).regression).toBeUndefined();
  expect(claimOf(linesOf(nights('IFF'))).regression).toMatchObject({ run: 1, passedBefore: undefined });
});

test('flaky: to and fro twice, or once on the same inputs; a regression and its repair is not', () => {
  const toAndFro = claimOf(linesOf(nights('PFPPPFPPPP')));
  expect(toAndFro.flakiness).toMatchObject({ failed: 2, decided: 10, sameInputs: false });
  expect(toAndFro.flakiness?.low).toBeCloseTo(0.0252, 3);
  expect(toAndFro.flakiness?.high).toBeCloseTo(0.5561, 3);
  expect(claimOf(linesOf(nights('PPFFPP'))).flakiness).toBeUndefined();
  expect(claimOf(linesOf(nights('PPFP', () => 'a'.repeat(40)))).flakiness).toMatchObject({ sameInputs: true });
});

test('a line twice counts once; two different lines of one run count as neither', () => {
  const lines = linesOf(nights('PP'));
  expect(analyse([...lines, ...lines])).toEqual(analyse(lines));
  const other = lines.map((line) => ({ ...line, claim: { ...line.claim, outcome: 'failed' as const } }));
  const { problems, subjects } = analyse([...lines, ...other]);
  expect(problems[0]).toMatchObject({ code: 'HISTORY_CONTRADICTION' });
  expect(subjects[0]?.claims[0]?.cells.map((cell) => cell?.outcome)).toEqual(['invalid', 'invalid']);
});

test('a run that lost lines at a line end is named', () => {
  const lines = linesOf(nights('PP'));
  expect(analyse(lines.slice(0, -1)).problems).toEqual([
    expect.objectContaining({ code: 'HISTORY_CUT_SHORT', where: 'run run-001 of bookinfo' }),
  ]);
});

test('only the newest runs are looked at', () => {
  const [subject] = analyse(linesOf(nights('FFPPP')), 3).subjects;
  expect(subject).toMatchObject({ olderRuns: 2 });
  expect(subject?.runs.map(({ id }) => id)).toEqual(['run-002', 'run-003', 'run-004']);
});
