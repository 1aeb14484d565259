/** The issue of a night: one a profile, opened when a claim first fails and edited from then on. */
import type { SubjectHistory } from '../model/history/history-report.ts';
import { claimRemarks, runName } from '../model/history/history-words.ts';
import { ICON } from './markdown-blocks.ts';
import { markdownCode, markdownText, markerName } from './markdown-escape.ts';
import { MARKDOWN_LIMIT, withinLimit } from './markdown-summary.ts';

const LONGEST = 1000;

export interface NightIssue {
  readonly subject: string;
  /** First line of the body, by which the issue is found again. */
  readonly marker: string;
  readonly title: string;
  readonly body: string;
  /** Whether a claim fails now; when none does, an issue is edited and none is opened. */
  readonly isFailing: boolean;
}

export function nightIssue(subject: SubjectHistory): NightIssue {
  const failing = subject.claims.filter(({ regression }) => regression !== undefined);
  const last = subject.runs.at(-1);
  const marker = `<!-- canaryproof-night:${markerName(subject.subject)} -->`;
  const state =
    failing.length === 0
      ? 'No claim fails any more.'
      : `${failing.length} of ${subject.claims.length} claims fail${failing.length === 1 ? 's' : ''}.`;
  const rows = failing.flatMap((claim) => {
    const strip = claim.cells.map((cell) => (cell === undefined ? '▫️' : ICON[cell.outcome])).join('');
    const measured = claim.cells.findLast((cell) => cell?.outcome === 'failed')?.sentence ?? '';
    const lines = [...claimRemarks(claim, subject), measured].filter(Boolean);
    return [
      `- ${markdownCode(claim.id)} ${strip}`,
      ...lines.map((line) => `  - ${markdownText(line.slice(0, LONGEST))}`),
    ];
  });
  return {
    subject: subject.subject,
    marker,
    title: `canaryproof: ${subject.subject.slice(0, 200)} fails`,
    body: withinLimit(
      [marker, state, ''],
      rows.length === 0 ? [] : [{ title: 'lines', before: [], rows }],
      [last === undefined ? '' : `<sub>last run ${markdownText(runName(last))}, ${markdownCode(last.id)}</sub>`, ''],
      MARKDOWN_LIMIT,
    ),
    isFailing: failing.length > 0,
  };
}
