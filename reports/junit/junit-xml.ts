/**
 * JUnit XML: one test case per claim, one per boundary run under its claim, and one for the verdict of the whole run, so that a run whose claims hold but
 * whose evidence is bad is not green. `failed` is a failure; `inconclusive` and `invalid` are errors of that type,
 * never skipped: CI systems show skipped as green, and only `passed` is green.
 */
import { formatDuration, isoInstant } from '../model/figures.ts';
import { pointerText } from '../model/finding-pointers.ts';
import { OUTCOME_MEANING } from '../model/outcome-words.ts';
import type { OutcomeReport, RunReport } from '../model/run-report.ts';
import { splitLine } from '../model/split-reading.ts';
import { xmlAttributes, xmlText } from './xml-text.ts';

interface TestCase {
  readonly name: string;
  readonly className: string;
  readonly outcome: OutcomeReport;
  readonly sentence: string;
  readonly details: readonly string[];
  readonly durationMs: number;
}

export function renderJunitXml(report: RunReport): string {
  const cases = [
    ...report.claims.map((claim) => claimCase(report, claim)),
    ...report.boundaries.map((boundary) => boundaryCase(report, boundary)),
    verdictCase(report),
  ];
  const failures = cases.filter(({ outcome }) => outcome === 'failed').length;
  const errors = cases.filter(({ outcome }) => outcome === 'inconclusive' || outcome === 'invalid').length;
  const time = seconds(report.run.finishedAt - report.run.startedAt);
  const counts = { tests: cases.length, failures, errors, skipped: 0, time };
  const timestamp = isoInstant(report.run.startedAt);
  const suite = {
    name: report.subject.name,
    ...counts,
    ...(timestamp === undefined ? {} : { timestamp: timestamp.slice(0, 19) }),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes({ name: 'canaryproof', ...counts })}>`,
    `  <testsuite${xmlAttributes(suite)}>`,
    '    <properties>',
    ...properties(report).map(([name, value]) => `      <property${xmlAttributes({ name, value })}/>`),
    '    </properties>',
    ...cases.map(renderCase),
    ...findings(report),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function claimCase(report: RunReport, claim: RunReport['claims'][number]): TestCase {
  return {
    name: `${claim.title} (${claim.id})`,
    className: `canaryproof.${report.subject.name}`,
    outcome: claim.outcome,
    sentence: claim.sentence,
    details: [
      ...claim.details.map(({ label, value }) => `${label}: ${value}`),
      ...report.splits
        .filter((split) => split.claimId === claim.id)
        .map((split) => `${split.outcome}: ${split.title}: ${splitLine(split)}`),
    ],
    durationMs: claim.durationMs,
  };
}

function boundaryCase(report: RunReport, one: RunReport['boundaries'][number]): TestCase {
  const after = (label: string, ms: number | undefined) =>
    ms === undefined ? [] : [`${label}: ${formatDuration(ms)}`];
  return {
    name: `${one.name} (${one.side} ${one.declared})`,
    className: `canaryproof.${report.subject.name}.${one.claimId}`,
    outcome: one.outcome,
    sentence: `injected ${one.injected}: expected ${one.expected}, observed ${one.observed}`,
    details: [
      ...after('abort after the fault', one.abortAfterMs),
      ...after('last canary answer after the abort', one.lastCanaryAfterMs),
      ...(one.earlier === undefined
        ? []
        : [
            `run once more, because ${one.earlier.because}; the first try was ${one.earlier.outcome}: ${one.earlier.observed}`,
          ]),
      `lost requests: ${one.lostRequests}`,
      `oracle agrees with ${one.oracleAgrees} of ${one.measurements} measurements`,
    ],
    durationMs: one.abortAfterMs ?? 0,
  };
}

function verdictCase(report: RunReport): TestCase {
  return {
    name: 'verdict of the run',
    className: `canaryproof.${report.subject.name}`,
    outcome: report.outcome,
    sentence: report.headline,
    details: [`reproduce: ${report.run.reproduce}`, ...(report.run.interrupted ? ['the run was interrupted'] : [])],
    durationMs: 0,
  };
}

function renderCase(one: TestCase): string {
  const open = `    <testcase${xmlAttributes({ name: one.name, classname: one.className, time: seconds(one.durationMs) })}>`;
  const detail = [one.sentence, ...one.details].join('\n');
  if (one.outcome === 'passed')
    return [open, `      <system-out>${xmlText(detail)}</system-out>`, '    </testcase>'].join('\n');
  const element = one.outcome === 'failed' ? 'failure' : 'error';
  const body = xmlText(`${OUTCOME_MEANING[one.outcome]}\n${detail}`);
  return [
    open,
    `      <${element}${xmlAttributes({ type: one.outcome, message: one.sentence })}>${body}</${element}>`,
    '    </testcase>',
  ].join('\n');
}

function properties({ run, subject, components }: RunReport): [string, string][] {
  return [
    ['run.id', run.id],
    ['run.kind', run.kind],
    ['run.seed', run.seed],
    ['run.interrupted', String(run.interrupted)],
    ['run.reproduce', run.reproduce],
    ...(run.gitRevision === undefined ? [] : [['run.git-revision', run.gitRevision] satisfies [string, string]]),
    ['subject.hash', subject.hash],
    ['subject.provider', subject.provider],
    ...components.map(({ name, version }): [string, string] => [`component.${name}`, version]),
  ];
}

function findings({ findings: all }: RunReport): string[] {
  if (all.length === 0) return [];
  const lines = all.map((one) =>
    [
      `${one.severity} (${one.layer}) ${one.code}: ${one.sentence}`,
      one.where && `at ${one.where}`,
      pointerText(one),
      one.hint && `what to do: ${one.hint}`,
    ]
      .filter((part) => part !== undefined)
      .join('; '),
  );
  return [`    <system-err>${xmlText(lines.join('\n'))}</system-err>`];
}

function seconds(durationMs: number): string {
  return (Math.max(0, durationMs) / 1000).toFixed(3);
}
