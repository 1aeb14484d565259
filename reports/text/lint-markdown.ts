/** Findings of lint as a Markdown comment. */
import { isNothingJudged, type LintFinding, type LintReport } from '../model/lint-report.ts';
import { markdownCode, markdownText } from './markdown-escape.ts';

/** A comment on GitHub holds 65,536 characters; rows beyond are counted. */
const ROWS = 100;
const ICON = { error: '❌', warning: '⚠️', info: 'ℹ️' } as const;

export function renderLintMarkdown(report: LintReport): string {
  const fresh = report.findings.filter(({ state, severity }) => state === 'new' && severity !== 'info');
  const known = report.findings.filter(({ state }) => state !== 'new').length;
  const { counts } = report;
  const lines = [
    `## ${iconOf(report)} canaryproof lint: ${isNothingJudged(report) ? 'nothing to judge, ' : ''}${counts.error} error${counts.error === 1 ? '' : 's'}, ${counts.warning} warning${counts.warning === 1 ? '' : 's'}`,
    '',
    ...list('This change', report.changes),
    ...list('It ends', report.ended),
    ...list('Simulated', report.simulated ?? []),
    ...table(fresh),
    ...(known > 0 ? [`${known} finding${known === 1 ? ' was' : 's were'} known already.`, ''] : []),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function iconOf(report: LintReport): string {
  if (report.outcome === 'failed') return '❌';
  return isNothingJudged(report) ? '➖' : '✅';
}

function list(title: string, entries: readonly string[]): readonly string[] {
  if (entries.length === 0) return [];
  return [`**${title}**`, '', ...entries.map((entry) => `- ${markdownText(entry)}`), ''];
}

function table(findings: readonly LintFinding[]): readonly string[] {
  if (findings.length === 0) return [];
  const rows = findings.slice(0, ROWS).map(({ severity, code, file, line, sentence, hint }) => {
    const place = file === undefined ? '' : markdownCode(line === undefined ? file : `${file}:${line}`);
    const text = hint === undefined ? markdownText(sentence) : `${markdownText(sentence)} ${markdownText(hint)}`;
    return `| ${ICON[severity]} | ${markdownCode(code)} | ${place} | ${text} |`;
  });
  const left = findings.length - rows.length;
  return [
    '| | code | where | what |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...(left > 0 ? [`${left} more are in the report.`, ''] : []),
  ];
}
