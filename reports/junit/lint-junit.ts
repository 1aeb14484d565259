/** Findings of lint as JUnit XML: a suite for each unit with its findings as cases; errors fail, warnings when they should. */
import type { LintFinding, LintReport } from '../model/lint-report.ts';
import { xmlAttributes, xmlText } from './xml-text.ts';

const WHOLE = 'repository';

export function renderLintJunit(report: LintReport): string {
  const judged = report.findings.filter(({ severity, state }) => severity !== 'info' && state === 'new');
  // a finding that several units show is counted once, with the first
  const suites = Map.groupBy(judged, ({ units }) => units[0] ?? WHOLE);
  const names = [...report.units.map(({ name }) => name), ...(suites.has(WHOLE) ? [WHOLE] : [])];
  const bodies = names.map((name) => suite(report, name, suites.get(name) ?? []));
  const failures = judged.filter((finding) => fails(report, finding)).length;
  const tests = names.reduce((sum, name) => sum + Math.max(1, suites.get(name)?.length ?? 0), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes({ name: 'canaryproof lint', tests, failures, errors: 0, skipped: 0 })}>`,
    ...bodies,
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(report: LintReport, name: string, findings: readonly LintFinding[]): string {
  const failures = findings.filter((finding) => fails(report, finding)).length;
  const tests = Math.max(1, findings.length);
  const cases =
    findings.length === 0
      ? [`    <testcase${xmlAttributes({ name: 'no findings', classname: name })}/>`]
      : findings.map((finding) => testCase(report, name, finding));
  return [
    `  <testsuite${xmlAttributes({ name, tests, failures, errors: 0, skipped: 0 })}>`,
    ...cases,
    '  </testsuite>',
  ].join('\n');
}

function testCase(report: LintReport, unit: string, finding: LintFinding): string {
  const { code, severity, sentence, hint, file, line } = finding;
  const place = file === undefined ? {} : { file, ...(line === undefined ? {} : { line }) };
  const open = `    <testcase${xmlAttributes({ name: `${code} ${file ?? ''}${line === undefined ? '' : `:${line}`}`.trim(), classname: unit, ...place })}>`;
  const text = [sentence, ...(hint === undefined ? [] : [`what to do: ${hint}`])].join('\n');
  const body = fails(report, finding)
    ? `      <failure${xmlAttributes({ type: severity, message: sentence })}>${xmlText(text)}</failure>`
    : `      <system-out>${xmlText(`${severity}: ${text}`)}</system-out>`;
  return [open, body, '    </testcase>'].join('\n');
}

function fails({ failOn }: LintReport, { severity }: LintFinding): boolean {
  return severity === 'error' || failOn === 'warning';
}
