import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { historyLinesOf } from '../../reports/model/history/history-line.ts';
import { renderRunReportJson } from '../../reports/model/read-run-report.ts';
import { sampleReport } from '../../reports/model/samples/sample-report.ts';
import { keepRun } from '../history/history-folder.ts';
import { createFakeWorld } from '../testkit/fakes/fake-world.ts';
import { fewOf, thorough } from '../testkit/runner/thorough.ts';
import { tenNights } from '../testkit/sample-history.ts';
import { createServices } from './compose/composition.ts';
import { run } from './run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-compare-'));
  for (const outcome of ['passed', 'failed'] as const) {
    await mkdir(path.join(folder, outcome));
    await writeFile(path.join(folder, outcome, 'result.json'), renderRunReportJson(sampleReport(outcome)));
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function compare(...argv: string[]) {
  const world = { ...createFakeWorld(), cwd: folder };
  const exitCode = await run(world, ['compare', ...argv], createServices(world));
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}

test('the same verdicts: exit 0; different ones: exit 1, and the claim is named', async () => {
  expect(await compare('passed', 'passed/result.json')).toMatchObject({ exitCode: 0 });
  const different = await compare('passed', 'failed');
  expect(different.exitCode).toBe(1);
  expect(different.stdout).toContain(sampleReport('failed').claims.find(({ outcome }) => outcome === 'failed')?.title);
});

test('every format, one on stdout and others in files', async () => {
  const { exitCode, stdout } = await compare(
    'passed',
    'failed',
    '-o',
    'json',
    '-o',
    'markdown=c.md',
    '-o',
    'html=c.html',
  );
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ agrees: false });
  expect(await readFile(path.join(folder, 'c.md'), 'utf8')).toContain('|');
  expect(await readFile(path.join(folder, 'c.html'), 'utf8')).toMatch(/^<!doctype html>/i);
});

test.each(
  fewOf(2, [
    [['passed', 'nowhere'], 2, 'RUN_MISSING'],
    [[], 2, 'USAGE_MISSING_ARGUMENT'],
    [['failed/result.json', '--base', 'nowhere'], 2, 'BASE_UNKNOWN'],
    [['failed', 'passed', '--base', 'main'], 2, 'COMPARE_TWO_BASES'],
    [['failed'], 2, 'COMPARE_NO_BASE'],
    [['passed', 'passed', '-o', 'yaml'], 2, 'OUTPUT_FORMAT'],
  ]),
)('%j: exit %i, %s', async (argv, exitCode, code) => {
  const result = await compare(...argv);
  expect(result).toMatchObject({ exitCode, stdout: '' });
  expect(result.stderr).toContain(code);
});

test('a report that was cut short is not compared', async () => {
  await writeFile(path.join(folder, 'failed', 'result.json'), '{"schemaVersion": "1"');
  expect(await compare('passed', 'failed')).toMatchObject({
    exitCode: 5,
    stderr: expect.stringContaining('REPORT_NOT_JSON'),
  });
});

thorough('one run: set beside the last passed run of its subject, or the one that proved --base', async () => {
  for (const report of tenNights()) {
    await mkdir(path.join(folder, report.run.id));
    const { gitRevision: _, ...run } = report.run;
    await writeFile(path.join(folder, report.run.id, 'result.json'), renderRunReportJson({ ...report, run }));
    await keepRun(path.join(folder, 'history'), historyLinesOf(report, undefined));
  }
  const sentence = async (...argv: string[]) => JSON.parse((await compare(...argv, '-o', 'json')).stdout);
  expect(await sentence('run-009')).toMatchObject({
    agrees: false,
    first: { id: 'run-005' },
    second: { id: 'run-009' },
  });
  const onBase = await sentence('run-009/result.json', '--base', '7'.repeat(40));
  expect(onBase).toMatchObject({ agrees: true, first: { id: 'run-007' } });
  expect(await compare('run-009', '--base', 'a'.repeat(40))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('COMPARE_NO_BASE'),
  });
});
