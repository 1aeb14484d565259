/**
 * The one comment under a pull request: what the change does, the verdicts with their figures, what is new against the
 * base branch, and what to type to see the same. Its first line is a hidden marker, by which it is found and edited.
 */
import { formatCount, formatDeclared, formatShare } from '../model/figures.ts';
import { OUTCOME_ORDER, PATH_TITLE } from '../model/outcome-words.ts';
import type { PullRequestReading } from '../model/pull-request.ts';
import type { OutcomeReport, RunReport } from '../model/run-report.ts';
import { canaryArm, whiskerText } from '../model/split-reading.ts';
import { type Block, ICON } from './markdown-blocks.ts';
import { markdownBlock, markdownCode, markdownText, markerName } from './markdown-escape.ts';
import { MARKDOWN_LIMIT, withinLimit } from './markdown-summary.ts';

/** Longer texts are cut: one sentence of a stranger must not push everything else out. */
const LONGEST = 1000;

export function pullRequestMarker(name: string): string {
  return `<!-- canaryproof:${markerName(name)} -->`;
}

/** At most `limit` UTF-16 units; rows that do not fit are counted. */
export function renderPullRequestComment(reading: PullRequestReading, limit = MARKDOWN_LIMIT): string {
  const { name, lint, runs } = reading;
  const outcomes: OutcomeReport[] = [
    ...(lint === undefined ? [] : [lint.outcome]),
    ...runs.map(({ report }) => report.outcome),
  ];
  const worst = OUTCOME_ORDER.find((outcome) => outcomes.includes(outcome));
  const head = [
    pullRequestMarker(name),
    `## ${worst === undefined ? 'ℹ️ nothing was judged' : `${ICON[worst]} ${worst}`}: canaryproof`,
    '',
    ...runs.map(({ report }) => `${ICON[report.outcome]} **${text(report.subject.name)}**: ${text(report.headline)}\n`),
  ];
  const reproduce = [
    ...(lint?.changedSince === undefined ? [] : [`canaryproof lint --changed-since ${lint.changedSince.reference}`]),
    ...runs.map(({ report }) => report.run.reproduce),
  ];
  const tail =
    reproduce.length === 0
      ? ['']
      : ['**Reproduce**', '', ...reproduce.slice(0, 10).map((line) => markdownBlock(line.slice(0, LONGEST))), ''];
  return withinLimit(head, [...lintBlocks(lint), ...runs.flatMap(runBlocks)], tail, limit);
}

function lintBlocks(lint: PullRequestReading['lint']): Block[] {
  if (lint === undefined) return [];
  const { counts, changes, ended, findings } = lint;
  const fresh = findings.filter(({ state, severity }) => state === 'new' && severity !== 'info');
  const plural = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  return [
    ...list('What this change does', changes),
    ...list('What it ends', ended),
    {
      title: 'findings',
      before: [`**New against base**: ${plural(counts.error, 'error')}, ${plural(counts.warning, 'warning')}`, ''],
      rows: fresh.map(({ severity, code, file, line, sentence, hint }) => {
        const place = file === undefined ? '' : ` ${markdownCode(line === undefined ? file : `${file}:${line}`)}`;
        return `- **${severity}** ${markdownCode(code)}${place}: ${text(sentence)}${hint === undefined ? '' : ` ${text(hint)}`}`;
      }),
    },
  ];
}

function list(title: string, entries: readonly string[]): Block[] {
  if (entries.length === 0) return [];
  return [{ title: 'entries', before: [`**${title}**`, ''], rows: entries.map((entry) => `- ${text(entry)}`) }];
}

function runBlocks({ report, base }: PullRequestReading['runs'][number]): Block[] {
  const claims = report.claims.toSorted((a, b) => OUTCOME_ORDER.indexOf(a.outcome) - OUTCOME_ORDER.indexOf(b.outcome));
  const before = (id: string) => {
    if (base === undefined) return '';
    const change = base.changes.find(({ claimId }) => claimId === id);
    return change === undefined ? 'the same' : `was ${change.before ?? 'not judged'}`;
  };
  const against =
    base === undefined
      ? 'No run of the base branch is kept, so nothing is compared.'
      : `Against base${base.revision === undefined ? '' : ` ${markdownCode(base.revision.slice(0, 12))}`}: ${base.changes.length === 0 ? 'every claim ends as there' : `${base.changes.length} of ${report.claims.length} claims end otherwise`}.`;
  return [
    {
      title: 'claims',
      before: [
        `### ${text(report.subject.title)}`,
        '',
        against,
        '',
        '| Verdict | Claim | Share, n | Measured | Base |',
        '|---|---|---|---|---|',
      ],
      rows: claims.map(
        ({ id, outcome, sentence }) =>
          `| ${ICON[outcome]} ${outcome} | ${markdownCode(id)} | ${shares(report, id)} | ${text(sentence)} | ${before(id)} |`,
      ),
    },
  ];
}

function shares(report: RunReport, claimId: string): string {
  const parts = report.splits
    .filter((split) => split.claimId === claimId && split.samples > 0)
    .flatMap((split) => {
      const arm = canaryArm(split);
      if (arm === undefined) return [];
      return [
        `${PATH_TITLE[split.path]} ${text(arm.name)}: **${formatShare(arm.estimate)}** ${whiskerText(arm)} of ${formatDeclared(arm.declaredShare)}, n ${formatCount(split.samples)}`,
      ];
    });
  return parts.slice(0, 6).join('<br>');
}

function text(given: string): string {
  return markdownText(given.length <= LONGEST ? given : `${given.slice(0, LONGEST - 1)}…`);
}
