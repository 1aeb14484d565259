import path from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { thorough } from './runner/thorough.ts';
import { closingLine, countsOf, failureLines, failuresOf, runPart, total } from './test-parts.ts';

const report = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 2 };

test('counts are those of the report', () => {
  expect(countsOf(report, true)).toEqual({ passed: 7, failed: 0, skipped: 2 });
  expect(countsOf({ ...report, numFailedTests: 3 }, false)).toEqual({ passed: 7, failed: 3, skipped: 2 });
});

test('a program that failed without a failed test, or left no report, is a failure', () => {
  expect(countsOf(report, false).failed).toBe(1);
  expect(countsOf(undefined, true).failed).toBe(1);
});

test('the closing line adds all parts up', () => {
  const parts = [{ counts: countsOf(report, true) }, { counts: countsOf(undefined, false) }];
  expect(closingLine(total(parts))).toBe('7 passed, 1 failed, 2 skipped');
});

test('every failed test and every file that could not be read is named above the closing line', () => {
  const file = (name: string, status: string, rest: object) => ({
    name: path.join(packageRoot(), name),
    status,
    assertionResults: [],
    ...rest,
  });
  const failures = failuresOf(
    'unit',
    {
      ...report,
      testResults: [
        file('a.test.ts', 'failed', {
          assertionResults: [
            { fullName: 'adds up', status: 'failed', failureMessages: ['expected 1 to be 2\n  at a.test.ts:3'] },
            { fullName: 'is fine', status: 'passed', failureMessages: [] },
          ],
        }),
        file('b.test.ts', 'failed', { message: 'no such module\nx' }),
        file('c.test.ts', 'passed', {}),
      ],
    },
    false,
  );
  expect(failureLines([{ failures }, { failures: [] }, { failures: ['lint'] }])).toBe(
    'FAILED unit: a.test.ts > adds up: expected 1 to be 2\nFAILED unit: b.test.ts: no such module\nFAILED lint\n',
  );
});

test('a run that ended badly without a failed test, or left no report, is named as such', () => {
  expect(failuresOf('unit', { ...report, testResults: [] }, true)).toEqual([]);
  expect(failuresOf('unit', report, false)).toEqual(['unit: ended with an error, though no test failed']);
  expect(failuresOf('unit', undefined, true)).toEqual(['unit: left no report']);
});

thorough('a part that is no vitest counts as one test, and says why it could not start', async () => {
  const part = (script: string) => ({ name: 'x', argv: [process.execPath, '-e', script] as const });
  expect(await runPart(part('console.log("fine")'), 'kept')).toMatchObject({
    counts: { passed: 1, failed: 0, skipped: 0 },
    output: 'fine',
  });
  expect(await runPart(part('console.error("bad"); process.exit(2)'), 'kept')).toMatchObject({
    counts: { passed: 0, failed: 1, skipped: 0 },
    output: 'bad',
  });
  const missing = await runPart({ name: 'x', argv: ['/nowhere/to/be/found'] }, 'kept');
  expect(missing.counts.failed).toBe(1);
  expect(missing.output).toContain('ENOENT');
});
