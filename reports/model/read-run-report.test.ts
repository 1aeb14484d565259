import { describe, expect, test } from 'vitest';
import { EXIT, HarnessError } from '../../harness/errors/harness-error.ts';
import { readRunReport, renderRunReportJson } from './read-run-report.ts';
import type { OutcomeReport } from './run-report.ts';
import { sampleReport } from './samples/sample-report.ts';

const OUTCOMES: readonly OutcomeReport[] = ['passed', 'failed', 'inconclusive', 'invalid'];

function errorOf(action: () => unknown): HarnessError {
  try {
    action();
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('report document', () => {
  test.each(OUTCOMES)('%s survives writing and reading, with the outcome the sample is named after', (outcome) => {
    const report = sampleReport(outcome);
    expect(readRunReport(renderRunReportJson(report), 'result.json')).toEqual(report);
    expect(report.splits.map((split) => split.outcome)).toContain(outcome);
  });

  test('keys come in the order of the schema, so the bytes do not depend on who built the object', () => {
    const report = sampleReport('passed');
    const reversed = Object.fromEntries(Object.entries(report).reverse()) as typeof report;
    expect(renderRunReportJson(reversed)).toBe(renderRunReportJson(report));
  });

  test.each([
    ['', 'REPORT_NOT_JSON'],
    ['{"schemaVersion":"1","run"', 'REPORT_NOT_JSON'],
    ['[]', 'REPORT_SCHEMA_UNKNOWN'],
    ['null', 'REPORT_SCHEMA_UNKNOWN'],
    ['{"schemaVersion":"2"}', 'REPORT_SCHEMA_NEWER'],
    ['{"schemaVersion":2}', 'REPORT_SCHEMA_UNKNOWN'],
    ['{"schemaVersion":"1"}', 'REPORT_DAMAGED'],
  ])('%j is refused as %s', (text, code) => {
    const error = errorOf(() => readRunReport(text, 'runs/x/result.json'));
    expect(error).toMatchObject({ code, exitCode: EXIT.invalid, where: 'runs/x/result.json' });
    expect(error.hint).toBeTruthy();
  });

  test.each([
    ['a claim that failed', { claims: [{ ...sampleReport('failed').claims[0]!, outcome: 'failed' as const }] }],
    ['no claim at all', { claims: [] }],
  ])('a report that says passed beside %s is neither read nor written', (_, change) => {
    const report = { ...sampleReport('passed'), ...change };
    expect(errorOf(() => readRunReport(JSON.stringify(report), 'x'))).toMatchObject({
      code: 'REPORT_DAMAGED',
      exitCode: EXIT.invalid,
      message: expect.stringMatching(/^the report does not match its schema: outcome: /),
    });
    expect(errorOf(() => renderRunReportJson(report))).toMatchObject({ code: 'REPORT_UNWRITABLE' });
  });

  test('and one that is not green for another reason than its claims is read', () => {
    const report = { ...sampleReport('passed'), outcome: 'inconclusive' as const };
    expect(readRunReport(renderRunReportJson(report), 'x')).toEqual(report);
  });

  test('damage is named by its path, and not more than five times', () => {
    const report = JSON.parse(renderRunReportJson(sampleReport('failed'))) as Record<string, unknown>;
    const error = errorOf(() => readRunReport(JSON.stringify({ ...report, splits: Array(9).fill({}), extra: 1 }), 'x'));
    expect(error.message).toContain('splits.0.id');
    expect(error.message).toMatch(/and \d+ more$/);
  });

  test('what could not be read back is not written', () => {
    const report = sampleReport('failed');
    const [split] = report.splits;
    if (split === undefined) throw new Error('the sample has no split');
    const infinite = { ...report, splits: [{ ...split, failLogE: Number.POSITIVE_INFINITY }] };
    expect(errorOf(() => renderRunReportJson(infinite))).toMatchObject({
      code: 'REPORT_UNWRITABLE',
      exitCode: EXIT.internal,
    });
  });
});
