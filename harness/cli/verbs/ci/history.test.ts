import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renderRunReportJson } from '../../../../reports/model/read-run-report.ts';
import { createFakeServices, fakeProduct } from '../../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { fewOf, thorough } from '../../../testkit/runner/thorough.ts';
import { SPLIT_CLAIM, tenNights } from '../../../testkit/sample-history.ts';
import { createServices } from '../../compose/composition.ts';
import { run } from '../../run.ts';

/** Rendered once: checking and writing them costs more than any test here. */
const RUNS = tenNights().map((report) => ({ id: report.run.id, text: renderRunReportJson(report) }));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-history-'));
  for (const { id, text } of RUNS) {
    await mkdir(path.join(folder, 'runs', id), { recursive: true });
    await writeFile(path.join(folder, 'runs', id, 'result.json'), text);
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function history(...argv: string[]) {
  return historyIn({}, ...argv);
}
async function historyIn(env: Readonly<Record<string, string>>, ...argv: string[]) {
  const world = createFakeWorld({ cwd: folder, env });
  const exitCode = await run(world, ['history', ...argv], createServices(world));
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}
const addAll = RUNS.flatMap(({ id }) => ['--add', `runs/${id}`]);

thorough('ten runs are added and shown in every format, with the run that the regression came with', async () => {
  const said = await history(
    'bookinfo',
    ...addAll,
    '-o',
    'human',
    '-o',
    'markdown=h.md',
    '-o',
    'html=h.html',
    '-o',
    'json=h.json',
  );
  expect(said).toMatchObject({ exitCode: 0, stderr: '' });
  expect(said.stdout).toContain(`✓✓✓✓✓✓✗✗✗✗  ${SPLIT_CLAIM}`);
  expect(said.stdout.replace(/\s+/g, ' ')).toContain(
    'first failed at 2026-11-27 12:03 UTC (commit 666666666666); passed last at 2026-11-26 12:03 UTC (commit 555555555555); what changed since: argo-rollouts 1.8.5 → 1.9.2',
  );
  expect(await readFile(path.join(folder, 'h.md'), 'utf8')).toContain('first failed at 2026-11-27');
  expect(await readFile(path.join(folder, 'h.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  expect(JSON.parse(await readFile(path.join(folder, 'h.json'), 'utf8'))).toMatchObject({ problems: [] });
  // again: nothing is added twice
  expect((await history('bookinfo', ...addAll)).stdout).toBe(said.stdout);
});

test('a commit that nobody knows is not kept for good', async () => {
  const [{ id } = { id: '' }] = RUNS;
  const said = await history('--add', `runs/${id}`, '--revision', 'mian');
  expect(said).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('error REVISION_UNKNOWN: Git knows no') });
  expect((await history('bookinfo')).stderr).toContain('error HISTORY_SUBJECT_UNKNOWN');
  // a whole id may be of a repository that is not here
  expect(await history('--add', `runs/${id}`, '--revision', 'f'.repeat(40))).toMatchObject({ exitCode: 0, stderr: '' });
});

thorough(
  'a newer schema and a cut file: the rest is shown, the problem is coded, the files stay as they are',
  async () => {
    await history(...addAll);
    const file = path.join(folder, 'history', 'bookinfo', 'run-003.jsonl');
    const cut = (await readFile(file, 'utf8')).slice(0, -30);
    await writeFile(file, `{"schemaVersion":"7"}\n${cut}`);
    const said = await history();
    expect(said.exitCode).toBe(5);
    expect(said.stderr).toContain('HISTORY_SCHEMA_NEWER at bookinfo/run-003.jsonl:1');
    expect(said.stdout).toContain('HISTORY_CUT_SHORT');
    expect(said.stdout).toContain('✓✓✓✓✓✓✗✗✗✗');
    expect(await readFile(file, 'utf8')).toBe(`{"schemaVersion":"7"}\n${cut}`);
  },
);

test.each(
  fewOf(2, [
    [['nobody'], 2, 'HISTORY_SUBJECT_UNKNOWN'],
    [['--add', 'runs/nowhere'], 2, 'RUN_MISSING'],
    [['--last', '0'], 2, 'USAGE_INVALID_ARGUMENT'],
    [['-o', 'yaml'], 2, 'OUTPUT_FORMAT'],
    [[...addAll, '--claim', 'nothing'], 2, 'HISTORY_CLAIM_UNKNOWN'],
  ]),
)('%j: exit %i, %s', async (argv, exitCode, code) => {
  const said = await history(...argv);
  expect(said).toMatchObject({ exitCode, stdout: '' });
  expect(said.stderr).toContain(code);
});

test('an empty history says so', async () => {
  expect(await history()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No run is kept here yet') });
});

test('conform --history keeps the run that it made', async () => {
  const services = createFakeServices({ conform: async () => fakeProduct() });
  const world = createFakeWorld({ cwd: folder });
  expect(await run(world, ['conform', 'bookinfo', '--history', 'kept'], services)).toBe(0);
  expect(services.calls).toContainEqual({
    verb: 'keepRun',
    request: expect.objectContaining({ folder: path.join(folder, 'kept') }),
  });
});
