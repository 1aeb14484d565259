import { lstatSync, mkdtempSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createParsedFiles } from '../parsed-files.ts';
import { readFolderTree } from '../repository-tree.ts';
import { writeTree } from '../tree-fixture.ts';
import { assembleChart } from './assemble-chart.ts';
import { leaveOut, missingDependencies, missingFinding } from './chart-dependencies.ts';

const CHART = `apiVersion: v2
name: shop
version: 0.1.0
dependencies:
  - { name: redis, version: 1.0.0, repository: https://charts.example.com }
  - { name: cart, version: 0.1.0, repository: "file://../cart" }
  - { name: here, version: 0.1.0, repository: https://charts.example.com }
`;
const FILES = {
  'shop/Chart.yaml': CHART,
  'shop/charts/here/Chart.yaml': 'name: here\n',
  'cart/Chart.yaml': 'name: cart\n',
};
const filesOf = async (tree: Readonly<Record<string, string>>) =>
  createParsedFiles(await readFolderTree(writeTree(tree), undefined));
const ownFolder = () => realpathSync(mkdtempSync(path.join(tmpdir(), 'canaryproof-test-')));

test('what is neither beside the chart nor in its folder is missing', async () => {
  expect(await missingDependencies(await filesOf(FILES), 'shop')).toEqual({
    names: new Set(['redis']),
    why: 'its chart depends on redis of https://charts.example.com, which is not in its folder charts/',
    where: expect.stringMatching(/^shop\/Chart\.yaml:5:/),
  });
  expect(await missingDependencies(await filesOf({ 'a/Chart.yaml': 'name: a\n' }), 'a')).toBeUndefined();
});

test('charts of the first version declare them in a file of its own', async () => {
  const files = await filesOf({
    'old/Chart.yaml': 'apiVersion: v1\nname: old\n',
    'old/requirements.yaml': 'dependencies: [{ name: loki, version: 2.0.0, repository: https://charts.example.com }]\n',
  });
  expect(await missingDependencies(files, 'old')).toMatchObject({ names: new Set(['loki']) });
});

test('is said to be judged in part, or not at all', async () => {
  const missing = (await missingDependencies(await filesOf(FILES), 'shop'))!;
  expect(missingFinding('chart shop', missing, 'rendered')).toMatchObject({
    code: 'UNIT_JUDGED_IN_PART',
    sentence: expect.stringContaining('chart shop is judged in part: its chart depends on redis'),
  });
  const said = {
    code: 'X',
    layer: 'manifest',
    severity: 'error',
    sentence: 'chart shop does not render. Helm says: no',
  } as const;
  expect(missingFinding('chart shop', missing, said)).toMatchObject({
    code: 'UNIT_NOT_JUDGED',
    hint: expect.stringMatching(/Without them it does not render\. Helm says: no$/),
  });
  expect(missingFinding('chart shop', missing, undefined)).toMatchObject({ code: 'UNIT_NOT_JUDGED' });
});

test('a chart is put together without them, and the repository stays as it is', async () => {
  const files = await filesOf(FILES);
  const made = await assembleChart(files, 'shop', ownFolder(), undefined, new Set(['redis']));
  expect(made.refusals).toEqual([]);
  const written = readFileSync(path.join(made.folder, 'Chart.yaml'), 'utf8');
  expect(written).not.toContain('redis');
  expect(written).toContain('name: cart');
  expect(written).toContain('name: here');
  expect(readFileSync(path.join(files.tree.root, 'shop/Chart.yaml'), 'utf8')).toBe(CHART);
  expect(made.placeOf('templates/routes.yaml')).toBe('shop/templates/routes.yaml');
});

test('a link is replaced, not written through', async () => {
  const root = writeTree({ 'Chart.yaml': CHART });
  const folder = ownFolder();
  symlinkSync(path.join(root, 'Chart.yaml'), path.join(folder, 'Chart.yaml'));
  await leaveOut(folder, new Set(['redis', 'here']));
  expect(readFileSync(path.join(root, 'Chart.yaml'), 'utf8')).toBe(CHART);
  expect(lstatSync(path.join(folder, 'Chart.yaml')).isSymbolicLink()).toBe(false);
  expect(readFileSync(path.join(folder, 'Chart.yaml'), 'utf8')).not.toContain('redis');
});
