/** Two runs side by side in GitHub Markdown. */
import { AGREEMENT_GLYPH, AGREEMENT_ORDER, AGREEMENT_WORD } from '../model/agreement-words.ts';
import type { ReportComparison } from '../model/compare/compare-reports.ts';
import { formatDuration } from '../model/figures.ts';
import type { OutcomeReport } from '../model/run-report.ts';
import { boundarySide, shareLine } from './comparison-text.ts';
import { ICON } from './markdown-blocks.ts';
import { markdownCode, markdownText } from './markdown-escape.ts';

/** GitHub's limit of a comment; a table of claims and shares stays far below it, explanations may not. */
const ROWS = 150;

export function renderComparisonMarkdown(comparison: ReportComparison): string {
  const { first, second } = comparison;
  const claims = comparison.claims.toSorted(
    (a, b) => AGREEMENT_ORDER.indexOf(a.agreement) - AGREEMENT_ORDER.indexOf(b.agreement),
  );
  const different = comparison.boundaries.filter(({ agreement }) => agreement !== 'same');
  const run = (name: string, one: typeof first) =>
    `| ${name} | ${markdownText(one.subject)} | ${markdownText(one.provider)} | ${said(one.outcome)} | ${formatDuration(one.durationMs)} | ${markdownCode(one.id)} |`;
  const lines = [
    `## ${comparison.agrees ? '✅ same' : '❌ different'}: ${markdownText(comparison.sentence)}`,
    '',
    '| Run | Subject | Provider | Outcome | Took | Id |',
    '|---|---|---|---|---:|---|',
    run('first', first),
    run('second', second),
    '',
    '| Agreement | Claim | First | Second | Explanation |',
    '|---|---|---|---|---|',
    ...cut(
      claims.map(
        (claim) =>
          `| ${AGREEMENT_GLYPH[claim.agreement]} ${AGREEMENT_WORD[claim.agreement]} | ${markdownText(claim.title)} | ${said(claim.first?.outcome)} | ${said(claim.second?.outcome)} | ${claim.explanations.map(markdownText).join(' ')} |`,
      ),
    ),
    '',
    ...(comparison.shares.length === 0
      ? []
      : ['**Shares**', '', ...cut(comparison.shares.map((share) => `- ${markdownText(shareLine(share))}`)), '']),
    ...(comparison.boundaries.length === 0
      ? []
      : [
          `**Boundary runs**: ${comparison.boundaries.length - different.length} of ${comparison.boundaries.length} the same`,
          '',
          ...cut(
            different.map(
              (one) =>
                `- ${AGREEMENT_GLYPH[one.agreement]} ${markdownText(one.name)}, expected ${markdownText(one.expected)}: ${markdownText(boundarySide(one.first))} → ${markdownText(boundarySide(one.second))}`,
            ),
          ),
          '',
        ]),
    ...(comparison.environment.length === 0
      ? []
      : [
          '**What else differed**',
          '',
          ...cut(
            comparison.environment.map(
              (one) => `- ${markdownText(one.what)}: ${markdownText(one.first)} → ${markdownText(one.second)}`,
            ),
          ),
          '',
        ]),
  ];
  return lines.join('\n');
}

function said(outcome: OutcomeReport | undefined): string {
  return outcome === undefined ? 'not judged' : `${ICON[outcome]} ${outcome}`;
}

function cut(rows: readonly string[]): readonly string[] {
  return rows.length <= ROWS ? rows : [...rows.slice(0, ROWS), '', `*${rows.length - ROWS} more do not fit here.*`];
}
