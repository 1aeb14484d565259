import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { historyLinesOf } from '../../../../reports/model/history/history-line.ts';
import { renderRunReportJson } from '../../../../reports/model/read-run-report.ts';
import { sampleLintReport } from '../../../../reports/model/samples/sample-lint-report.ts';
import { keepRun } from '../../../history/history-folder.ts';
import { type FakeGithub, startFakeGithub } from '../../../testkit/fakes/fake-github.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { nightReport } from '../../../testkit/sample-history.ts';
import { createServices } from '../../compose/composition.ts';
import { run } from '../../run.ts';

let folder: string;
let github: FakeGithub;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-comment-'));
  github = await startFakeGithub();
  await writeFile(path.join(folder, 'lint.json'), JSON.stringify(sampleLintReport()));
  await mkdir(path.join(folder, 'run'));
  const failing = nightReport({ night: 9, commit: '9'.repeat(40), trueShare: 0.15 });
  await writeFile(path.join(folder, 'run', 'result.json'), renderRunReportJson(failing));
  await writeFile(path.join(folder, 'event.json'), JSON.stringify({ pull_request: { number: 7 } }));
});
afterEach(async () => {
  await github[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function comment(env: Readonly<Record<string, string>>, ...argv: string[]) {
  const GITHUB_STEP_SUMMARY = path.join(folder, 'summary.md');
  const runner = { GITHUB_API_URL: github.url, GITHUB_REPOSITORY: 'shop/deploy', GITHUB_REF: 'refs/pull/7/merge' };
  const world = createFakeWorld({ cwd: folder, env: { ...runner, GITHUB_STEP_SUMMARY, ...env } });
  const exitCode = await run(world, ['comment', ...argv], createServices(world));
  const summary = await readFile(GITHUB_STEP_SUMMARY, 'utf8').catch(() => '');
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText(), summary };
}
const ALL = ['--lint', 'lint.json', '--run', 'run'];

test('posted once, then edited in place; what base had is named', async () => {
  expect(await comment({ GITHUB_TOKEN: 'write' }, ...ALL)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^created https:/),
    summary: '',
  });
  const base = nightReport({ night: 1, commit: '1'.repeat(40) });
  await keepRun(path.join(folder, 'history'), historyLinesOf(base, undefined));
  const again = await comment({ GITHUB_TOKEN: 'write' }, ...ALL, '--base', '1'.repeat(40));
  expect(again.stdout).toMatch(/^updated /);
  expect(github.comments).toHaveLength(1);
  expect(github.comments[0]?.body).toContain('Against base `111111111111`: 1 of 6 claims end otherwise.');
  expect(github.comments[0]?.body).toContain('was passed');
});

test.each([
  ['no token', {}],
  ["a fork's token", { GITHUB_TOKEN: 'read' }],
])('%s: the text goes to stdout and into the summary, and that is no failure', async (_who, env) => {
  const said = await comment(env, ...ALL);
  expect(said).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('not posted: ') });
  expect(said.stdout).toContain('takes reviews from 90/10 to 75/25');
  expect(said.summary).toContain('takes reviews from 90/10 to 75/25');
  expect(github.comments).toEqual([]);
});

test('a summary that would grow beyond what GitHub takes is left as it is', async () => {
  const summary = path.join(folder, 'summary.md');
  await writeFile(summary, 'x'.repeat(1024 ** 2 - 100));
  expect(await comment({}, ...ALL)).toMatchObject({ exitCode: 0 });
  expect((await stat(summary)).size).toBe(1024 ** 2 - 100);
});

test('the pull request is found in the event as well, and can be named', async () => {
  const event = {
    GITHUB_TOKEN: 'write',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_EVENT_PATH: path.join(folder, 'event.json'),
  };
  expect(await comment(event, ...ALL)).toMatchObject({ exitCode: 0 });
  const named = { GITHUB_TOKEN: 'write', GITHUB_REF: '', GITHUB_REPOSITORY: '' };
  expect(await comment(named, ...ALL, '--pull', '7', '--repository', 'shop/deploy')).toMatchObject({ exitCode: 0 });
  expect(github.comments).toHaveLength(1);
});

test.each<[Record<string, string>, string[], number, string]>([
  [{}, [], 2, 'COMMENT_NOTHING'],
  [{}, ['--lint', 'nowhere.json'], 2, 'LINT_REPORT_MISSING'],
  [{}, ['--lint', 'event.json'], 5, 'LINT_REPORT_DAMAGED'],
  [{}, ['--run', 'nowhere'], 2, 'RUN_MISSING'],
  [{ GITHUB_TOKEN: 'write', GITHUB_REF: '' }, ALL, 2, 'COMMENT_PULL_REQUEST'],
  [{ GITHUB_TOKEN: 'write', GITHUB_REPOSITORY: '../..' }, ALL, 2, 'FORGE_REPOSITORY'],
  [{ GITHUB_TOKEN: 'expired' }, ALL, 3, 'FORGE_TOKEN_REFUSED'],
])('%j %j: exit %i, %s', async (env, argv, exitCode, code) => {
  const said = await comment(env, ...argv);
  expect(said).toMatchObject({ exitCode, stdout: '' });
  expect(said.stderr).toContain(code);
  expect(said.stderr).not.toContain('expired');
});
