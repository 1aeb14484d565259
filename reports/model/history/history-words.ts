/** Sentences of a history, the same in every format. Plain text. */
import { formatDuration, formatInstant, formatInterval, formatShare } from '../figures.ts';
import { OUTCOME_GLYPH } from '../outcome-words.ts';
import type { HistoryShare } from './history-line.ts';
import type { ChangePoint, ClaimHistory, Flakiness, HistoryRun, Regression, SubjectHistory } from './history-report.ts';

/** "·" where the claim was not judged. */
export function stripOf({ cells }: ClaimHistory): string {
  return cells.map((cell) => (cell === undefined ? '·' : OUTCOME_GLYPH[cell.outcome])).join('');
}

/** "2026-11-21 12:03 UTC (commit 4f1c2ab0c58d)". */
export function runName({ startedAt, revision }: HistoryRun): string {
  const minute = formatInstant(startedAt).replace(/:\d\d UTC$/, ' UTC');
  return revision === undefined ? minute : `${minute} (commit ${revision.slice(0, 12)})`;
}

/** What people should know of a claim; empty when there is nothing to say. */
export function claimRemarks(claim: ClaimHistory, { runs }: SubjectHistory): readonly string[] {
  return [
    ...(claim.regression === undefined ? [] : [regressionSentence(claim.regression, runs)]),
    ...(claim.flakiness === undefined ? [] : [flakinessSentence(claim.flakiness)]),
    ...claim.changes
      .filter(({ what, run }) => what === 'share' || run !== claim.regression?.run)
      .map((change) => changeSentence(change, runs, change.run === claim.regression?.run)),
  ];
}

function regressionSentence({ run, passedBefore, undecided, differences }: Regression, runs: SubjectHistory['runs']) {
  const first = runs[run];
  if (first === undefined) return '';
  const began = `first failed at ${runName(first)}`;
  const before = passedBefore === undefined ? undefined : runs[passedBefore];
  if (before === undefined) return `${began}; it did not pass in any run that is kept before`;
  const between = undecided === 0 ? '' : ` (${undecided} undecided in between)`;
  const changed =
    differences.length === 0
      ? 'nothing that is recorded changed since'
      : `what changed since: ${differences.join(', ')}`;
  return `${began}; passed last at ${runName(before)}${between}; ${changed}`;
}

function flakinessSentence({ failed, decided, low, high, confidence, sameInputs }: Flakiness): string {
  const rate = `failed in ${failed} of ${decided} runs, ${formatShare(failed / decided)}, ${confidence * 100} % interval ${formatInterval({ low, high })}`;
  return `flaky: ${rate}${sameInputs ? '; with nothing changed between a pass and a failure' : ''}`;
}

function changeSentence(
  { run, what, name, from, to, declared, differences }: ChangePoint,
  runs: SubjectHistory['runs'],
  isSaid: boolean,
) {
  const at = runs[run];
  const level = `${formatShare(from)} → ${formatShare(to)}`;
  const said = what === 'share' ? `share of ${name}: ${level}` : `rate of failures: ${level}`;
  const why = declared ? 'another share was declared too' : isSaid ? '' : differences.join(', ');
  return `change at ${at === undefined ? 'an unknown run' : runName(at)}: ${said}${why === '' ? '' : ` (${why})`}`;
}

/** Lag, lost requests and time of one cell. */
export function cellFigures(cell: NonNullable<ClaimHistory['cells'][number]>): readonly string[] {
  return [
    ...(cell.lagMs === undefined ? [] : [`lag ${formatDuration(cell.lagMs)}`]),
    ...(cell.lostRequests === undefined ? [] : [`lost ${cell.lostRequests}`]),
    `took ${formatDuration(cell.durationMs)}`,
  ];
}

/** The share that is drawn of a cell. */
export function drawnShare(claim: ClaimHistory, cell: ClaimHistory['cells'][number]): HistoryShare | undefined {
  return cell?.shares.find(({ split }) => split === claim.split);
}
