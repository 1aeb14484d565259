import { expect, test } from 'vitest';
import { thorough } from './runner/thorough.ts';
import { closingLine, countsOf, runPart, total } from './test-parts.ts';

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
