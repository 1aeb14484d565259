/**
 * The run as GitHub Markdown: a pull-request comment (hidden marker, so that it can be found and edited in place) or a
 * step summary. GitHub shows no data: images, so intervals are bars of characters.
 */
import { onePerCause } from '../model/causes/causes.ts';
import { tidyNumbers } from '../model/causes/tidy-numbers.ts';
import { formatCount, formatDeclared, formatDuration, formatInstant, formatShare } from '../model/figures.ts';
import { findingPointersOf } from '../model/finding-pointers.ts';
import { OUTCOME_ORDER, PATH_TITLE } from '../model/outcome-words.ts';
import type { ClaimReport, FindingReport, RunReport, SplitReport } from '../model/run-report.ts';
import { whiskerOf, whiskerText } from '../model/split-reading.ts';
import { seedOf, tookText } from '../model/words/run-time.ts';
import { intervalBar } from './interval-bar.ts';
import { type Block, ICON } from './markdown-blocks.ts';
import { markdownBlock, markdownCode, markdownText, markerName } from './markdown-escape.ts';
import { boundaryBlocks, rolloutBlocks } from './markdown-rollout.ts';

/** GitHub refuses longer comments and drops a longer step summary whole (1 MiB there, but one text serves both). */
export const MARKDOWN_LIMIT = 65_536;

export interface MarkdownOptions {
  /** Where the full report can be had: a path or an address; shown as text. */
  readonly reportPath?: string;
  /** At most this many UTF-16 units; what does not fit is left out and counted. */
  readonly limit?: number;
}

/** `<!-- canaryproof:SUBJECT -->`: the first line of the comment, the same for every run of a subject. */
export function commentMarker(report: RunReport): string {
  return `<!-- canaryproof:${markerName(report.subject.name)} -->`;
}

export function renderMarkdown(report: RunReport, options: MarkdownOptions = {}): string {
  const limit = options.limit ?? MARKDOWN_LIMIT;
  const { run, subject } = report;
  const seed = seedOf(report);
  const head = [
    commentMarker(report),
    `## ${ICON[report.outcome]} ${report.outcome}: ${markdownText(shorten(subject.title, 200))}`,
    '',
    markdownText(shorten(tidyNumbers(report.headline), 1000)),
    ...(run.interrupted ? ['', '**This run was interrupted; the results are partial.**'] : []),
    '',
  ];
  const tail = [
    '**Reproduce**',
    '',
    markdownBlock(shorten(run.reproduce, 2000)),
    '',
    `<sub>run ${markdownCode(shorten(run.id, 200))} · ${formatInstant(run.startedAt)} · ${tookText(report)}${seed === undefined ? '' : ` · seed ${markdownCode(shorten(seed, 100))}`}${options.reportPath === undefined ? '' : ` · report ${markdownCode(shorten(options.reportPath, 1000))}`}</sub>`,
    '',
  ];
  const blocks = [
    ...claimBlocks(report.claims),
    ...findingBlocks(report.findings),
    ...boundaryBlocks(report),
    ...splitBlocks(report.splits),
    ...rolloutBlocks(report),
  ];
  return withinLimit(head, blocks, tail, limit);
}

function claimBlocks(claims: readonly ClaimReport[]): Block[] {
  const sorted = claims.toSorted((a, b) => OUTCOME_ORDER.indexOf(a.outcome) - OUTCOME_ORDER.indexOf(b.outcome));
  const rows = sorted.map(
    (claim) =>
      `| ${ICON[claim.outcome]} ${claim.outcome} | ${markdownText(claim.title)} | ${markdownText(tidyNumbers(claim.sentence))} | ${formatDuration(claim.durationMs)} |`,
  );
  const before = ['| Outcome | Claim | Measured | Took |', '|---|---|---|---:|'];
  return claims.length === 0
    ? [{ title: 'claims', before: ['No claim was judged.'], rows: [] }]
    : [{ title: 'claims', before, rows }];
}

function findingBlocks(findings: readonly FindingReport[]): Block[] {
  if (findings.length === 0) return [];
  const sorted = (['error', 'warning', 'info'] as const).flatMap((severity) =>
    findings.filter((one) => one.severity === severity),
  );
  const rows = onePerCause(sorted).map(({ finding, count }) => {
    const where = finding.where === undefined ? '' : ` at ${markdownCode(finding.where)}`;
    const hint = finding.hint === undefined ? '' : ` *What to do:* ${markdownText(finding.hint)}`;
    const pointers = findingPointersOf(finding).map(([label, value]) => ` ${label} ${markdownCode(value)}`);
    const times = count === 1 ? '' : ` (${formatCount(count)} times)`;
    return `- **${finding.severity}**, layer ${finding.layer}, ${markdownCode(finding.code)}${times}${where}: ${markdownText(tidyNumbers(finding.sentence))}${pointers.join(',')}${hint}`;
  });
  return [{ title: 'findings', before: ['**Findings**', ''], rows }];
}

function splitBlocks(splits: readonly SplitReport[]): Block[] {
  const rows = splits.flatMap((split) =>
    split.arms.map((arm) =>
      split.samples === 0
        ? `| ${ICON[split.outcome]} ${markdownText(split.title)} | ${PATH_TITLE[split.path]} | ${markdownText(arm.name)} | ${formatDeclared(arm.declaredShare)} | nothing | 0 | |`
        : `| ${ICON[split.outcome]} ${markdownText(split.title)} | ${PATH_TITLE[split.path]} | ${markdownText(arm.name)} | ${formatDeclared(arm.declaredShare)} | **${formatShare(arm.estimate)}** ${whiskerText(arm)} | ${formatCount(split.samples)} | \`${intervalBar(arm, whiskerOf(arm), split.margin)}\` |`,
    ),
  );
  if (rows.length === 0) return [];
  return [
    {
      title: 'split rows',
      before: [
        '| Split | Path | Arm | Declared | Observed | n | ┃ declared, ● observed, ━ not excluded; ±2 margins |',
        '|---|---|---|---:|---:|---:|---|',
      ],
      rows,
    },
  ];
}

/** Rows are left out from the last block backwards; each cut says how many rows are missing and where they are. */
export function withinLimit(
  head: readonly string[],
  blocks: readonly Block[],
  tail: readonly string[],
  limit: number,
): string {
  const CUT_ROOM = 120;
  const fixed =
    [...head, ...tail].join('\n').length +
    blocks.reduce((sum, block) => sum + block.before.join('\n').length + CUT_ROOM, 0);
  let rest = limit - fixed;
  const body = blocks.flatMap((block) => {
    const kept: string[] = [];
    for (const row of block.rows) {
      if (row.length + 1 > rest) break;
      rest -= row.length + 1;
      kept.push(row);
    }
    const cut = block.rows.length - kept.length;
    const note =
      cut === 0
        ? []
        : [
            '',
            `*${formatCount(cut)} of ${formatCount(block.rows.length)} ${block.title} do not fit here; all are in the report.*`,
          ];
    return [...block.before, ...kept, ...note, ''];
  });
  return [...head, ...body, ...tail].join('\n');
}

function shorten(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}
