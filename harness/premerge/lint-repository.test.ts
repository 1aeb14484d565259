import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LintReport } from '../../reports/model/lint-report.ts';
import { thorough } from '../testkit/runner/thorough.ts';
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

function lint(root: string, request: Partial<LintRequest> = {}, programs = noPrograms): Promise<LintReport> {
  const nothing = { changedSince: undefined, baseline: undefined, writeBaseline: undefined, failOn: 'error' as const };
  return lintRepository({ paths: [root], ...nothing, ...request }, programs, '0.0.0');
}

const codes = (report: LintReport, state = 'new') =>
  report.findings.filter((one) => one.state === state).map(({ code, file, line }) => `${code} ${file}:${line}`);

describe('a repository', () => {
  test('without a fault passes, and says that it is none of Git', async () => {
    const report = await lint(writeTree(SOUND));
    expect(report).toMatchObject({ outcome: 'passed', counts: { error: 0, warning: 0 } });
    expect(report.findings.map(({ code }) => code)).toEqual(['LINT_NO_REPOSITORY']);
    expect(report.units).toContainEqual({ name: 'Application argocd/shop', kind: 'application', objects: 5 });
  });
  test('with one fails at its line, with the lines around', async () => {
    const root = writeTree({ ...SOUND, 'app/routes.yaml': splitRoutes(0, 0) });
    commitAll(root);
    const report = await lint(root);
    expect(report.outcome).toBe('failed');
    expect(codes(report)).toEqual(['ROUTE_WEIGHTS_SUM app/routes.yaml:10', 'ROUTE_WEIGHTS_SUM app/routes.yaml:16']);
    expect(report.findings[0]).toMatchObject({
      column: 9,
      units: ['Application argocd/shop'],
      frame: { firstLine: 8, lines: expect.arrayContaining(['        - destination: { host: reviews, subset: v1 }']) },
    });
  });
  test('with lines that a program wrote: a frame has the beginnings of them', async () => {
    const routes = splitRoutes(90, 5).replaceAll('subset: v1 }', `subset: v1 } # ${'x'.repeat(100_000)}`);
    const report = await lint(writeTree({ ...SOUND, 'app/routes.yaml': routes }));
    const lines = report.findings.flatMap(({ frame }) => frame?.lines ?? []);
    expect(lines.some((line) => line.endsWith('x…'))).toBe(true);
    expect(Math.max(...lines.map(({ length }) => length))).toBe(201);
    // a place that is further to the right is told without one
    const deep = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${'a'.repeat(300)}, namespace: [ }\n`;
    const broken = await lint(writeTree({ ...SOUND, 'app/map.yaml': deep }));
    expect(broken.findings.find(({ code }) => code === 'MANIFEST_YAML_SYNTAX')).toMatchObject({ file: 'app/map.yaml' });
    expect(broken.findings.find(({ code }) => code === 'MANIFEST_YAML_SYNTAX')?.frame).toBeUndefined();
  });
  test('that holds nothing says so, and passes', async () => {
    const report = await lint(writeTree({ 'README.md': 'empty' }));
    expect(report.findings.map(({ code }) => code)).toEqual(['LINT_NO_REPOSITORY', 'LINT_NOTHING_FOUND']);
  });
  test('whose Application misses the files below its folder is warned, unless somebody else reads them', async () => {
    const root = writeTree({ ...SOUND, 'app/more/service.yaml': service('more') });
    expect((await lint(root)).findings).toContainEqual(
      expect.objectContaining({ code: 'APPLICATION_RECURSE_OFF', severity: 'warning', file: 'argocd/app.yaml' }),
    );
    addFiles(root, { 'argocd/more.yaml': application('more', 'app/more') });
    expect((await lint(root)).counts.warning).toBe(0);
  });
  test('keeps a Secret and a password in an address out of its report', async () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { key: hunter2 }\n';
    const root = writeTree({ 'a/twice.yaml': `${secret}---\n${secret}` });
    const report = JSON.stringify(await lint(root));
    expect(report).toContain('OBJECT_DUPLICATE');
    expect(report).not.toContain('hunter2');
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
  test('says what the change does, the same for several routes once', async () => {
    const report = await lint(changed({ 'app/routes.yaml': splitRoutes(75, 25) }), { changedSince: 'main' });
    expect(report).toMatchObject({
      outcome: 'passed',
      changes: ['takes reviews from 90/10 to 75/25 on 2 routes (Application argocd/shop)'],
    });
  });
  thorough('steps, images, replicas, metrics that can no longer fail, what is added and removed', async () => {
    const delivery = (image: string, weight: number, limit: number) => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  replicas: ${weight}
  template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: shop, image: "${image}" }] } }
  strategy: { canary: { steps: [{ setWeight: ${weight} }, { pause: {} }, { pause: { duration: 1m } }] } }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: check }
spec:
  metrics:
    - { name: success-rate, interval: 10s, count: 3, failureLimit: ${limit}, successCondition: "result[0] > 0.9", provider: { prometheus: { query: "up" } } }
`;
    const root = writeTree({ 'k8s/all.yaml': delivery('shop:v1', 2, 0), 'k8s/gone.yaml': service('gone') });
    commitAll(root);
    rmSync(path.join(root, 'k8s/gone.yaml'));
    addFiles(root, { 'k8s/all.yaml': delivery('shop:v2', 3, 3), 'k8s/new.yaml': service('new') });
    const { changes } = await lint(root, { changedSince: 'HEAD' });
    expect(changes).toEqual([
      'changes the steps of Rollout shop from 2 %, pause until promoted, pause 1m to 3 %, pause until promoted, pause 1m',
      'releases shop:v2 in place of shop:v1 in Rollout shop',
      'scales Rollout shop from 2 to 3',
      'success-rate of AnalysisTemplate check can no longer fail',
      'adds Service new',
      'removes Service gone',
    ]);
  });
  thorough('no side of a change is followed out of the repository', async () => {
    const root = writeTree({ 'kustomization.yaml': 'resources: [../elsewhere]\n' });
    commitAll(root);
    addFiles(root, { 'kustomization.yaml': 'namePrefix: a-\nresources: [../elsewhere]\n' });
    let asked = 0;
    const kustomize = () => {
      asked += 1;
      return noPrograms.kustomize();
    };
    const { findings } = await lint(root, { changedSince: 'HEAD' }, { ...noPrograms, kustomize });
    expect(findings.map(({ code }) => code)).toContain('UNIT_NOT_RENDERED');
    expect(asked).toBe(0);
  });
  thorough('refuses a commit of which a partial clone lacks files', async () => {
    const root = changed({ 'app/routes.yaml': splitRoutes(75, 25) });
    commitAll(root, 'after');
    const blob = git(root, 'rev-parse', 'main:app/routes.yaml');
    rmSync(path.join(root, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    await expect(lint(root, { changedSince: 'main' })).rejects.toMatchObject({
      code: 'CHANGED_SINCE_UNKNOWN',
      message: expect.stringContaining('holds only a part of main'),
    });
  });
  thorough('refuses a commit that is not there and a folder that is no repository', async () => {
    const root = changed({});
    await expect(lint(root, { changedSince: 'nowhere' })).rejects.toMatchObject({
      code: 'CHANGED_SINCE_UNKNOWN',
      exitCode: 2,
    });
    await expect(lint(writeTree(SOUND), { changedSince: 'main' })).rejects.toMatchObject({
      code: 'CHANGED_SINCE_NO_REPOSITORY',
    });
  });
});

describe('what is known', () => {
  const BROKEN = { ...SOUND, 'app/routes.yaml': splitRoutes(0, 0) };
  thorough(
    'a baseline takes findings out of the verdict, also after lines were moved, and as often as it saw them',
    async () => {
      const root = writeTree(BROKEN);
      commitAll(root);
      const file = path.join(root, 'baseline.json');
      expect((await lint(root, { writeBaseline: file })).outcome).toBe('passed');
      expect(JSON.parse(await readFile(file, 'utf8')).findings).toHaveLength(1);
      addFiles(root, { 'app/routes.yaml': `# a line above\n${splitRoutes(0, 0)}` });
      const known = await lint(root, { baseline: file });
      expect(known).toMatchObject({ outcome: 'passed', counts: { error: 0 } });
      expect(codes(known, 'baseline')).toHaveLength(2);
      const twin = service('y').replace('selector: { app: y }', 'clusterIP: None');
      addFiles(root, { 'app/twice.yaml': `${twin}---\n${twin}` });
      expect(codes(await lint(root, { baseline: file }))).toEqual(['OBJECT_DUPLICATE app/twice.yaml:6']);
      // a third of the same is one more than was known
      const [, more = ''] = splitRoutes(0, 0).split('    - name: everybody\n');
      const third = splitRoutes(0, 0).replace('---', `    - name: more\n${more.split('---')[0]}---`);
      addFiles(root, { 'app/routes.yaml': third, 'app/twice.yaml': '' });
      expect((await lint(root, { baseline: file })).counts.error).toBe(1);
    },
  );
  test('a baseline that is none is refused', async () => {
    const root = writeTree({ ...SOUND, 'b.json': '{}' });
    await expect(lint(root, { baseline: path.join(root, 'b.json') })).rejects.toMatchObject({
      code: 'BASELINE_INVALID',
      exitCode: 2,
    });
    await expect(lint(root, { baseline: path.join(root, 'c.json') })).rejects.toMatchObject({
      code: 'BASELINE_MISSING',
    });
  });
  test('a comment with a reason silences its line, or from the head its document', async () => {
    const [first = '', rest = ''] = splitRoutes(0, 0).split('      route:\n', 2);
    const commented = `${first}      # canaryproof-ignore ROUTE_WEIGHTS_SUM a drill on purpose\n      route:\n${rest}`;
    const root = writeTree({
      ...SOUND,
      'app/routes.yaml': `${commented}      route:\n${splitRoutes(0, 0).split('      route:\n')[2]}`,
    });
    const report = await lint(root);
    expect(codes(report, 'ignored')).toEqual(['ROUTE_WEIGHTS_SUM app/routes.yaml:11']);
    expect(codes(report)).toContain('ROUTE_WEIGHTS_SUM app/routes.yaml:17');
    addFiles(root, {
      'app/routes.yaml': `# canaryproof-ignore ROUTE_WEIGHTS_SUM all of it is a drill\n${splitRoutes(0, 0)}`,
    });
    expect(await lint(root)).toMatchObject({ outcome: 'passed', counts: { error: 0 } });
  });
  test('a comment without a reason, or for nothing, is said itself', async () => {
    const root = writeTree({
      ...SOUND,
      'app/routes.yaml': `# canaryproof-ignore ROUTE_WEIGHTS_SUM\n# canaryproof-ignore OBJECT_DUPLICATE was one\n${splitRoutes(0, 0)}`,
    });
    const report = await lint(root);
    expect(report.counts.error).toBe(2);
    expect(codes(report)).toEqual(
      expect.arrayContaining(['LINT_IGNORE_WITHOUT_REASON app/routes.yaml:1', 'LINT_IGNORE_UNUSED app/routes.yaml:2']),
    );
  });
  test('--fail-on warning', async () => {
    const root = writeTree({ ...SOUND, 'app/more/service.yaml': service('more') });
    expect((await lint(root)).outcome).toBe('passed');
    expect((await lint(root, { failOn: 'warning' })).outcome).toBe('failed');
  });
});
