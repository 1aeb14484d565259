/**
 * Every recipe of docs/ci in a scratch repository, step by step, twice: with a change that should pass and one that should
 * not. The package is the packed one, GitHub is a server on loopback, everything else is real.
 */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findK6 } from '../../cli/compose/find-k6.ts';
import { packageRoot } from '../../process/package-root.ts';
import { addFiles, application, commitAll, git, service, splitRoutes, writeTree } from '../../units/tree-fixture.ts';
import { type FakeGithub, startFakeGithub } from '../fakes/fake-github.ts';
import { startQueueServer } from '../fakes/queue-server.ts';
import { startSplitServer } from '../fakes/split-server.ts';
import { outsideEnvironment, packPackage } from './packed-package.ts';
import { containerOf, runContainer } from './run-container.ts';
import { runGitlabJob } from './run-gitlab.ts';
import { type JobRun, runJob } from './run-workflow.ts';

const textOf = (file: string) => readFileSync(path.join(packageRoot(), file), 'utf8');
let folder: string;
let archive: string;
let github: FakeGithub;
let repository: string;
let base: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-recipes-'));
  archive = packPackage(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  github = await startFakeGithub();
  repository = writeTree({
    'app.yaml': application('shop', 'deploy'),
    'deploy/service.yaml': service('reviews'),
    'deploy/routes.yaml': splitRoutes(90, 10),
    '.gitignore': '.canaryproof/\n',
  });
  base = commitAll(repository, 'base');
});
afterEach(async () => {
  await github[Symbol.asyncDispose]();
  rmSync(repository, { recursive: true, force: true });
});

function change(files: Readonly<Record<string, string>>): void {
  addFiles(repository, files);
  commitAll(repository, 'change');
}

/** One for all: installing the same package again into it takes npm no time. */
const temp = () => path.join(folder, 'temp');
function runOnGithub(
  recipe: string,
  given: {
    readonly inputs?: Readonly<Record<string, string>>;
    readonly temp?: string;
    readonly workspace?: string;
    readonly token?: string;
    readonly event?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<JobRun> {
  for (const name of ['canaryproof', 'nights', 'site', 'runner-path', 'runner-summary.md', 'toolchain.canaryproof'])
    rmSync(path.join(given.temp ?? temp(), name), { recursive: true, force: true });
  return runJob({
    workflow: textOf(recipe),
    action: {
      text: textOf('action.yml'),
      uses: /^canaryproof\/canaryproof@/,
      inputs: { package: archive, ...given.inputs },
    },
    workspace: given.workspace ?? repository,
    temp: given.temp ?? temp(),
    env: {
      ...outsideEnvironment(),
      // of its own: the programs of whoever runs the tests are no part of it
      CANARYPROOF_CACHE: path.join(folder, 'cache'),
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: 'shop/deploy',
      GITHUB_REF: 'refs/pull/7/merge',
      ...given.env,
    },
    github: { token: given.token ?? 'workflow', 'event.pull_request.base.sha': base, ...given.event },
  });
}
async function k6Path(): Promise<string> {
  const k6 = await findK6(process.env, undefined);
  expect(k6, 'set CANARYPROOF_K6, or put a k6 2.x on PATH').toBeDefined();
  return k6!.path;
}
const outputOf = ({ steps }: JobRun) => steps.map(({ output }) => output).join('\n');
const namesOf = ({ steps }: JobRun, kind: string) => steps.filter((step) => step.kind === kind).map(({ name }) => name);

describe('lint on GitHub', () => {
  test('a change that is right: passed, and the comment says what it does', async () => {
    change({ 'deploy/routes.yaml': splitRoutes(75, 25) });
    const job = await runOnGithub('docs/ci/github-lint.yml');
    expect(outputOf(job)).not.toContain('command not found');
    expect(job).toMatchObject({ exitCode: 0, outputs: { verdict: 'passed', 'exit-code': '0' } });
    expect(github.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining('takes reviews from 90/10 to 75/25 on 2 routes'),
    ]);
    expect(namesOf(job, 'uses')).toEqual(['actions/checkout@v4', 'Node', 'Findings to code scanning', 'Report']);
    expect(JSON.parse(readFileSync(path.join(temp(), 'canaryproof', 'lint.sarif'), 'utf8'))).toMatchObject({
      version: '2.1.0',
    });
    for (const { with: inputs } of job.steps.filter(({ name }) => name === 'Findings to code scanning'))
      expect(existsSync(inputs.sarif_file ?? '')).toBe(true);
  });

  test('a change that is not: failed, after the uploads, with annotations; the same comment, edited', async () => {
    change({ 'deploy/routes.yaml': splitRoutes(75, 25) });
    await runOnGithub('docs/ci/github-lint.yml');
    change({ 'deploy/routes.yaml': splitRoutes(0, 0) });
    const job = await runOnGithub('docs/ci/github-lint.yml');
    expect(job).toMatchObject({ exitCode: 1, outputs: { verdict: 'failed' } });
    expect(job.steps.at(-1)).toMatchObject({ name: 'Verdict', exitCode: 1 });
    expect(namesOf(job, 'uses')).toContain('Report');
    expect(outputOf(job)).toMatch(/^::error .*file=deploy\/routes\.yaml/m);
    expect(github.comments.map(({ body }) => body)).toEqual([expect.stringContaining('ROUTE_WEIGHTS_SUM')]);
  });

  test("with a fork's token the text is in the summary, and the verdict is the same", async () => {
    change({ 'deploy/routes.yaml': splitRoutes(0, 0) });
    const job = await runOnGithub('docs/ci/github-lint.yml', { token: 'read' });
    expect(job).toMatchObject({ exitCode: 1, outputs: { verdict: 'failed' } });
    expect(github.comments).toEqual([]);
    expect(readFileSync(path.join(temp(), 'runner-summary.md'), 'utf8')).toContain('ROUTE_WEIGHTS_SUM');
  });
});

describe('assert-split', () => {
  test.each([
    [{ v1: 0.9, v2: 0.1 }, 0, 'passed'],
    [{ v1: 0.7, v2: 0.3 }, 1, 'failed'],
  ])('a preview that answers %j: exit %i, %s', async (shares, exitCode, verdict) => {
    await using preview = await startSplitServer(shares, 11);
    const event = { 'event.deployment_status.environment_url': preview.url };
    const env = { CANARYPROOF_K6: await k6Path() };
    const job = await runOnGithub('docs/ci/github-assert-split.yml', { event, env });
    expect(job, outputOf(job)).toMatchObject({ exitCode, outputs: { verdict } });
    expect(readFileSync(path.join(temp(), 'runner-summary.md'), 'utf8')).toMatch(/v2: \*\*\d/);
    expect(namesOf(job, 'uses')).toContain('Toolchain into the cache');
  });
});

describe('conform', () => {
  test('a profile that would be refused: exit 2 before any cluster is made', async () => {
    mkdirSync(path.join(repository, 'deploy', 'profile'));
    change({ 'deploy/profile/profile.yaml': 'apiVersion: canaryproof.dev/v1alpha1\nkind: Profile\nnonsense: true\n' });
    const job = await runOnGithub('docs/ci/github-conform.yml');
    expect(job).toMatchObject({ exitCode: 2, outputs: { verdict: 'error', 'exit-code': '2' } });
    expect(outputOf(job)).toContain('profile.yaml');
    expect(github.comments).toEqual([]);
  });
});

describe('lint on GitLab', () => {
  test.each([
    [75, 25, 0],
    [0, 0, 1],
  ])('%i/%i: exit %i', async (first, second, exitCode) => {
    change({ 'deploy/routes.yaml': splitRoutes(first, second) });
    const own = path.join(repository, '.canaryproof');
    mkdirSync(own);
    if (existsSync(path.join(temp(), 'canaryproof-package')))
      cpSync(path.join(temp(), 'canaryproof-package'), path.join(own, 'package'), {
        recursive: true,
        verbatimSymlinks: true,
      });
    const job = await runGitlabJob({
      component: textOf('docs/ci/gitlab-component.yml'),
      inputs: { verb: 'lint', package: archive },
      project: repository,
      env: { ...outsideEnvironment(), CI_MERGE_REQUEST_DIFF_BASE_SHA: base },
    });
    expect(job.exitCode, job.output).toBe(exitCode);
    const comment = readFileSync(path.join(repository, '.canaryproof', 'out', 'comment.md'), 'utf8');
    expect(comment).toContain(`takes reviews from 90/10 to ${first}/${second}`);
    for (const file of job.artifacts) expect(existsSync(path.join(repository, file)), file).toBe(true);
  });
});

describe('the night', () => {
  /** The steps are those of the recipe; a preview stands for the cluster, so that the test needs none. */
  const wordsFor = (url: string) =>
    [
      '--url',
      url,
      '--expect',
      'v1=90,v2=10',
      '--identify',
      'header:x-version',
      '--assurance',
      'smoke',
      '--rate',
      '100',
    ].join('\n');
  const judging = (url: string) => ({ verb: 'assert-split', arguments: wordsFor(url) });

  test('one that passes opens nothing; one that fails opens an issue, and both are kept', async () => {
    const remote = mkdtempSync(path.join(folder, 'remote-'));
    git(remote, 'init', '--quiet', '--bare');
    git(repository, 'remote', 'add', 'origin', remote);
    const keptRuns = () =>
      git(remote, 'ls-tree', '-r', '--name-only', 'canaryproof-history').split('\n').filter(Boolean);
    const env = { CANARYPROOF_K6: await k6Path() };
    await using preview = await startSplitServer({ v1: 0.9, v2: 0.1 }, 11);
    const first = await runOnGithub('docs/ci/github-nightly.yml', { inputs: judging(preview.url), env });
    expect(first.exitCode, outputOf(first)).toBe(0);
    expect(keptRuns()).toHaveLength(1);
    expect(github.issues).toEqual([]);
    git(repository, 'worktree', 'prune');
    await using wrong = await startSplitServer({ v1: 0.7, v2: 0.3 }, 11);
    const second = await runOnGithub('docs/ci/github-nightly.yml', { inputs: judging(wrong.url), env });
    expect(second, outputOf(second)).toMatchObject({ exitCode: 1, outputs: { verdict: 'failed' } });
    expect(keptRuns()).toHaveLength(2);
    expect(github.issues).toMatchObject([{ title: expect.stringContaining('fails') }]);
    expect(readFileSync(path.join(temp(), 'site', 'index.html'), 'utf8')).toContain('<!doctype html>');
  });

  test('as a CronJob, without a token: the issue is printed', async () => {
    const kept = mkdtempSync(path.join(folder, 'kept-'));
    cpSync(path.join(temp(), 'canaryproof-package'), path.join(kept, 'package'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await using wrong = await startSplitServer({ v1: 0.7, v2: 0.3 }, 11);
    const { exitCode, output } = await runContainer(containerOf('docs/ci/nightly-cronjob.yaml'), {
      ...outsideEnvironment(),
      ...{ PACKAGE: archive, KEPT: kept, SOURCE: `file://${repository}`, VERB: 'assert-split' },
      ...{ ARGUMENTS: wordsFor(wrong.url), CANARYPROOF_K6: await k6Path() },
    });
    expect(exitCode, output).toBe(1);
    expect(output).toContain('issue not posted: there is no token (GITHUB_TOKEN)');
    expect(existsSync(path.join(kept, 'site', 'index.html'))).toBe(true);
  });
});

describe('the gate', () => {
  const peak = '20';
  // that any other end of the peak keeps it shut, too, is among the unit tests: a search takes its whole budget
  test.each([
    ['a peak that is held', '5%', 0],
    ['a policy that promotes what is bad', '0.4%', 1],
  ])('%s, canaries with %s of errors: exit %i', async (_, badShare, exitCode) => {
    const work = mkdtempSync(path.join(folder, 'gate-'));
    cpSync(path.join(temp(), 'canaryproof-package'), path.join(work, 'package'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    const policy = path.join(packageRoot(), 'k8s/profiles/gridos/repository/applications/gridos/base');
    const simulate = ['--traffic', '100/s', '--canary-error-rate', badShare, '--max-miss', '5%', '--rollouts', '400'];
    // one worker of 20 ms: fifty requests a second, and not one more
    await using target = await startQueueServer(20);
    const capacity = [
      '--url',
      target.url,
      '--objective',
      'p95<500ms',
      '--peak',
      peak,
      '--peak-alone',
      '--assurance',
      'smoke',
      '--budget',
      '2m',
    ];
    const said = await runContainer(
      containerOf('docs/ci/gate-rollouts.yaml'),
      {
        ...outsideEnvironment(),
        ...{ PACKAGE: archive, WORK: work, POLICY: policy, CANARYPROOF_K6: await k6Path() },
        ...{ SIMULATE: simulate.join('\n'), CAPACITY: capacity.join('\n') },
      },
      { url: target.url, peak },
    );
    expect(said.exitCode, said.output).toBe(exitCode);
  });
});
