import { mkdtempSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createParsedFiles } from '../parsed-files.ts';
import { readFolderTree } from '../repository-tree.ts';
import { writeTree } from '../tree-fixture.ts';
import { assembleChart } from './local-dependencies.ts';

const chart = (name: string, ...dependencies: readonly string[]) =>
  `apiVersion: v2\nname: ${name}\nversion: 0.1.0\ndependencies:\n${dependencies.map((one) => `  - { name: ${path.basename(one)}, version: 0.1.0, repository: "file://${one}" }\n`).join('') || '  []\n'}`;

const FILES = {
  'deploy/Chart.yaml': chart('shop', '../parts/cart'),
  'deploy/values.yaml': '{}\n',
  'parts/cart/Chart.yaml': chart('cart', '../base'),
  'parts/cart/templates/routes.yaml': '{}\n',
  'parts/base/Chart.yaml': chart('base'),
  'parts/base/templates/service.yaml': '{}\n',
};

async function assembled(files: Readonly<Record<string, string>>) {
  const root = writeTree(files);
  const own = realpathSync(mkdtempSync(path.join(tmpdir(), 'canaryproof-test-')));
  return {
    root,
    own,
    chart: await assembleChart(createParsedFiles(await readFolderTree(root, undefined)), 'deploy', own),
  };
}

test('charts beside a chart are put where Helm looks for them, and their files keep their place', async () => {
  const { chart: made } = await assembled(FILES);
  expect(
    readdirSync(made.folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.yaml'))
      .sort(),
  ).toEqual([
    'Chart.yaml',
    'charts/cart/Chart.yaml',
    'charts/cart/charts/base/Chart.yaml',
    'charts/cart/charts/base/templates/service.yaml',
    'charts/cart/templates/routes.yaml',
    'values.yaml',
  ]);
  expect(made.placeOf('values.yaml')).toBe('deploy/values.yaml');
  expect(made.placeOf('charts/cart/templates/routes.yaml')).toBe('parts/cart/templates/routes.yaml');
  expect(made.placeOf('charts/cart/charts/base/templates/service.yaml')).toBe('parts/base/templates/service.yaml');
  expect([...made.parts].sort()).toEqual(['deploy', 'parts/base', 'parts/cart']);
});

test.each([
  ['that are there already', { 'deploy/charts/cart/Chart.yaml': chart('cart') }],
  ['that lie outside of the repository', { 'deploy/Chart.yaml': chart('shop', '../../elsewhere/cart') }],
  ['that are nowhere', { 'deploy/Chart.yaml': chart('shop', '../parts/nobody') }],
])('nothing is copied for dependencies %s', async (_what, change) => {
  const { root, own, chart: made } = await assembled({ ...FILES, ...change });
  expect(made.folder).toBe(path.join(root, 'deploy'));
  expect(readdirSync(own)).toEqual([]);
});

test('charts that depend on each other come to an end', async () => {
  const { chart: made } = await assembled({ ...FILES, 'parts/base/Chart.yaml': chart('base', '../cart') });
  expect(readdirSync(made.folder, { recursive: true }).length).toBeLessThan(100);
});
