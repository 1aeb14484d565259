/** Larger repositories and histories; lint-repository.test.ts holds each answer once. */
import './lint-repository.test.ts';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LintReport } from '../../reports/model/lint-report.ts';
import {
  addFiles,
  application,
  commitAll,
  git,
  noPrograms,
  service,
  splitRoutes,
  writeTree,
} from '../units/tree-fixture.ts';
import { type LintRequest, lintRepository } from './lint-repository.ts';

const DEPLOYMENTS = ['v1', 'v2']
  .map(
    (version) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: reviews-${version} }\nspec: { template: { metadata: { labels: { app: reviews, version: ${version} } } } }\n`,
  )
  .join('---\n');

const SOUND = {
  'argocd/app.yaml': application('shop', 'app'),
  'app/services.yaml': service('reviews'),
  'app/deployments.yaml': DEPLOYMENTS,
  'app/routes.yaml': splitRoutes(90, 10),
};

function lint(root: string, request: Partial<LintRequest> = {}): Promise<LintReport> {
  const nothing = { changedSince: undefined, baseline: undefined, writeBaseline: undefined, failOn: 'error' as const };
  return lintRepository({ paths: [root], ...nothing, ...request }, noPrograms, '0.0.0');
}

const codes = (report: LintReport, state = 'new') =>
  report.findings.filter((one) => one.state === state).map(({ code, file, line }) => `${code} ${file}:${line}`);

describe('a repository', () => {
  test('is asked for a part: what another folder does wrong is not shown', async () => {
    const root = writeTree({
      ...SOUND,
      'app/routes.yaml': splitRoutes(0, 0),
      'other/twice.yaml': `${service('x')}---\n${service('x')}`,
    });
    commitAll(root);
    expect(codes(await lint(root, { paths: [path.join(root, 'other')] }))).toEqual([
      'OBJECT_DUPLICATE other/twice.yaml:6',
    ]);
    expect(codes(await lint(root, { paths: [path.join(root, 'app', 'routes.yaml')] }))).toHaveLength(2);
    await expect(lint(root, { paths: [root, writeTree(SOUND)] })).rejects.toMatchObject({
      code: 'LINT_SEVERAL_REPOSITORIES',
    });
  });
});

describe('--changed-since', () => {
  function changed(after: Readonly<Record<string, string>>): string {
    const root = writeTree(SOUND);
    commitAll(root, 'before');
    git(root, 'checkout', '--quiet', '-b', 'change');
    addFiles(root, after);
    return root;
  }

  test('counts new findings only, and tells which ones end; main going on does not matter', async () => {
    const x = service('x').replace('selector: { app: x }', 'clusterIP: None');
    const root = writeTree({
      ...SOUND,
      'app/twice.yaml': `${x}---\n${x}`,
      'old/twice.yaml': `${service('o')}---\n${service('o')}`,
    });
    commitAll(root, 'before');
    git(root, 'checkout', '--quiet', '-b', 'change');
    addFiles(root, {
      'app/twice.yaml': x,
      'app/routes.yaml': splitRoutes(0, 0),
      'old/twice.yaml': `# moved\n\n${service('o')}---\n${service('o')}`,
    });
    commitAll(root, 'change');
    git(root, 'checkout', '--quiet', 'main');
    addFiles(root, { 'app/routes.yaml': splitRoutes(1, 2) });
    commitAll(root, 'later on main');
    git(root, 'checkout', '--quiet', 'change');
    const report = await lint(root, { changedSince: 'main' });
    expect(report.outcome).toBe('failed');
    expect(codes(report)).toEqual(['ROUTE_WEIGHTS_SUM app/routes.yaml:10', 'ROUTE_WEIGHTS_SUM app/routes.yaml:16']);
    expect(codes(report, 'old')).toEqual(['OBJECT_DUPLICATE old/twice.yaml:8']);
    expect(report.ended).toEqual(['OBJECT_DUPLICATE: Service shop/x is declared twice']);
  });
  test('leaves the repository as it was: index, work tree and worktrees', async () => {
    const root = changed({ 'app/routes.yaml': splitRoutes(75, 25) });
    const state = () =>
      [git(root, 'status', '--porcelain=v2'), git(root, 'worktree', 'list'), git(root, 'stash', 'list')].join('\n');
    addFiles(root, { 'app/staged.yaml': service('staged') });
    git(root, 'add', 'app/staged.yaml');
    const before = state();
    expect(before).toContain('1 A. N...');
    await lint(root, { changedSince: 'main' });
    expect(state()).toBe(before);
  });
});
