/** A history for people at a terminal: a strip a claim, what is to be known of it, and its runs with their estimates. */
import { mapStrings, onOneLine } from '../model/control-characters.ts';
import { formatCount, formatInterval, formatShare } from '../model/figures.ts';
import type { ClaimHistory, HistoryReport, SubjectHistory } from '../model/history/history-report.ts';
import { cellFigures, claimRemarks, drawnShare, runName, stripOf } from '../model/history/history-words.ts';
import { OUTCOME_GLYPH } from '../model/outcome-words.ts';
import { toAscii } from './ascii-text.ts';
import type { PlainTextOptions } from './comparison-text.ts';
import { intervalBar } from './interval-bar.ts';
import { wrapText } from './wrapped-lines.ts';

export function renderHistoryText(given: HistoryReport, options: PlainTextOptions): string {
  const { subjects, problems } = mapStrings(given, onOneLine);
  const width = Math.max(40, Math.min(160, options.width));
  const say = (text: string) => (options.ascii ? toAscii(text) : text).replaceAll('\u202f', '\u00a0');
  const hang = (indent: number, text: string) =>
    wrapText(say(text), width - indent).map((line) => `${' '.repeat(indent)}${line}`);
  const lines = [
    ...(subjects.length === 0 ? ['', 'No run is kept here yet.'] : []),
    ...subjects.flatMap((subject) => subjectLines(subject, hang)),
    ...(problems.length === 0 ? [] : ['', 'what could not be believed']),
    ...problems.flatMap(({ code, where, sentence, hint }) => hang(2, `${code} at ${where}: ${sentence}. ${hint}`)),
    '',
  ];
  return `${lines.map((line) => line.replaceAll('\u00a0', ' ').trimEnd()).join('\n')}\n`;
}

type Hang = (indent: number, text: string) => readonly string[];

function subjectLines(subject: SubjectHistory, hang: Hang): readonly string[] {
  const { runs, olderRuns } = subject;
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined) return [];
  const older = olderRuns === 0 ? '' : `, ${formatCount(olderRuns)} older not shown`;
  return [
    '',
    ...hang(
      0,
      `${subject.subject}: ${runs.length} run${runs.length === 1 ? '' : 's'}, ${runName(first)} to ${runName(last)}${older}`,
    ),
    ...subject.claims.flatMap((claim) => claimLines(claim, subject, hang)),
  ];
}

function claimLines(claim: ClaimHistory, subject: SubjectHistory, hang: Hang): readonly string[] {
  const remarks = claimRemarks(claim, subject);
  return [
    '',
    ...hang(2, `${stripOf(claim)}  ${claim.id}  ${claim.title}`),
    ...remarks.flatMap((remark) => hang(4, `! ${remark}`)),
    ...(remarks.length === 0 && isUneventful(claim) ? uneventful(claim, hang) : runLines(claim, subject, hang)),
  ];
}

/** Passed whenever it was judged, with nothing measured that a line of its own would show. */
function isUneventful(claim: ClaimHistory): boolean {
  return claim.cells.every(
    (cell) => cell === undefined || (cell.outcome === 'passed' && drawnShare(claim, cell) === undefined),
  );
}

function uneventful({ cells }: ClaimHistory, hang: Hang): readonly string[] {
  const judged = cells.filter((cell) => cell !== undefined);
  const last = judged.at(-1);
  if (last === undefined) return [];
  const runs = judged.length === 1 ? 'its one run' : `all ${judged.length} runs`;
  return hang(4, [`${OUTCOME_GLYPH.passed} passed in ${runs}; last:`, ...cellFigures(last)].join('  '));
}

function runLines(claim: ClaimHistory, subject: SubjectHistory, hang: Hang): readonly string[] {
  return claim.cells.flatMap((cell, index) => {
    const run = subject.runs[index];
    if (cell === undefined || run === undefined) return [];
    const share = drawnShare(claim, cell);
    const bar =
      share === undefined
        ? []
        : [
            intervalBar({ declaredShare: share.declared, estimate: share.estimate }, share, share.margin),
            `${formatShare(share.estimate)} ${formatInterval(share)} n ${formatCount(share.n)}`,
          ];
    return hang(4, [`${OUTCOME_GLYPH[cell.outcome]} ${runName(run)}`, ...bar, ...cellFigures(cell)].join('  '));
  });
}
