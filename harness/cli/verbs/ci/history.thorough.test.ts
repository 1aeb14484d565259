/** The life of an issue over many nights; history.test.ts holds the rest. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renderRunReportJson } from '../../../../reports/model/read-run-report.ts';
import { startFakeGithub } from '../../../testkit/fakes/fake-github.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { tenNights } from '../../../testkit/sample-history.ts';
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

async function historyIn(env: Readonly<Record<string, string>>, ...argv: string[]) {
  const world = createFakeWorld({ cwd: folder, env });
  const exitCode = await run(world, ['history', ...argv], createServices(world));
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}
const addAll = RUNS.flatMap(({ id }) => ['--add', `runs/${id}`]);

test('--issue: opened at the first failure, edited by the nights after it, said to be over, and printed without a token', async () => {
  await using github = await startFakeGithub();
  const env = { GITHUB_TOKEN: 'write', GITHUB_API_URL: github.url, GITHUB_REPOSITORY: 'shop/deploy' };
  const nights = async (to: number) => historyIn(env, '--issue', ...addAll.slice(0, to * 2), '--history', `to-${to}`);
  expect((await nights(6)).stderr).toBe('');
  expect(github.issues).toEqual([]);
  expect((await nights(7)).stderr).toMatch(/^issue created https:/);
  expect((await nights(8)).stderr).toMatch(/^issue updated https:/);
  expect(github.issues).toEqual([
    expect.objectContaining({
      title: 'canaryproof: bookinfo fails',
      body: expect.stringContaining('first failed at 2026-11-27'),
    }),
  ]);
  expect((await nights(6)).stderr).toMatch(/^issue updated https:/);
  expect(github.issues[0]?.body).toContain('No claim fails any more.');
  for (const token of [{ GITHUB_TOKEN: 'read' }, { GITHUB_TOKEN: '' }]) {
    const said = await historyIn({ ...env, ...token }, '--issue', '--history', 'to-8');
    expect(said.exitCode).toBe(0);
    expect(said.stderr).toMatch(/^issue not posted: .*\ncanaryproof: bookinfo fails\n/);
  }
  expect(github.issues).toHaveLength(1);
});
