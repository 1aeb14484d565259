/** A history in GitHub Markdown: a table of strips, and what is to be known of the claims. */
import { formatCount, formatInterval, formatShare } from '../model/figures.ts';
import type { ClaimHistory, HistoryReport, SubjectHistory } from '../model/history/history-report.ts';
import { cellFigures, claimRemarks, drawnShare, runName } from '../model/history/history-words.ts';
import { ICON } from './markdown-blocks.ts';
import { markdownCode, markdownText } from './markdown-escape.ts';

/** Rows beyond are counted: GitHub takes 65,536 characters. */
const ROWS = 100;

export function renderHistoryMarkdown({ subjects, problems }: HistoryReport): string {
  const lines = [
    '## canaryproof history',
    '',
    ...(subjects.length === 0 ? ['No run is kept here yet.', ''] : []),
    ...subjects.flatMap(subjectLines),
    ...(problems.length === 0
      ? []
      : [
          '**What could not be believed**',
          '',
          ...cut(
            problems.map(
              ({ code, where, sentence, hint }) =>
                `- ${markdownCode(code)} at ${markdownCode(where)}: ${markdownText(sentence)}. ${markdownText(hint)}`,
            ),
          ),
          '',
        ]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function subjectLines(subject: SubjectHistory): readonly string[] {
  const { runs, olderRuns, claims } = subject;
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined) return [];
  const remarks = claims.flatMap((claim) =>
    claimRemarks(claim, subject).map((remark) => `- ${markdownCode(claim.id)} ${markdownText(remark)}.`),
  );
  const older = olderRuns === 0 ? '' : `, ${formatCount(olderRuns)} older not shown`;
  return [
    `### ${markdownText(subject.subject)}`,
    '',
    `${runs.length} run${runs.length === 1 ? '' : 's'}, ${markdownText(runName(first))} to ${markdownText(runName(last))}${older}.`,
    '',
    ...(remarks.length === 0 ? [] : [...cut(remarks), '']),
    '| Claim | Runs, oldest first | Last |',
    '|---|---|---|',
    ...cut(claims.map(claimRow)),
    '',
  ];
}

function claimRow(claim: ClaimHistory): string {
  const last = claim.cells.findLast((cell) => cell !== undefined);
  const share = drawnShare(claim, last);
  const figures = [
    ...(share === undefined
      ? []
      : [`**${formatShare(share.estimate)}** ${formatInterval(share)}, n ${formatCount(share.n)}`]),
    ...(last === undefined ? [] : cellFigures(last)),
  ];
  const strip = claim.cells.map((cell) => (cell === undefined ? '▫️' : ICON[cell.outcome])).join('');
  return `| ${markdownCode(claim.id)} ${markdownText(claim.title)} | ${strip} | ${figures.join(', ')} |`;
}

function cut(rows: readonly string[]): readonly string[] {
  return rows.length <= ROWS ? rows : [...rows.slice(0, ROWS), '', `*${rows.length - ROWS} more do not fit here.*`];
}
