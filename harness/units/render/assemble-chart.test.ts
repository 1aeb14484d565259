import { mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { discoverUnits } from '../discover-units.ts';
import { createParsedFiles } from '../parsed-files.ts';
import { readFolderTree, readRepositoryTree } from '../repository-tree.ts';
import { commitAll, noPrograms, writeTree } from '../tree-fixture.ts';
import { assembleChart, type CopyLimits } from './assemble-chart.ts';

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

async function assembled(files: Readonly<Record<string, string>>, limits?: CopyLimits) {
  const root = writeTree(files);
  const own = realpathSync(mkdtempSync(path.join(tmpdir(), 'canaryproof-test-')));
  return {
    root,
    own,
    chart: await assembleChart(createParsedFiles(await readFolderTree(root, undefined)), 'deploy', own, limits),
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

const named = (name: string) =>
  `apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n  - { name: ${JSON.stringify(name)}, version: 0.1.0, repository: "file://../parts/cart" }\n`;

test.each(
  fewOf(3, ['../../../../out', '..', '.', '/tmp/out', 'a/../../../../out', 'a/b', '..\\out', '.hidden', '', 'cart\n']),
)('a dependency called %j is refused in words, wherever it is declared, and nothing is written', async (name) => {
  const why = `its chart depends on ${JSON.stringify(name)}, which no chart can be called`;
  for (const where of ['deploy', 'parts/cart']) {
    const { root, own, chart: made } = await assembled({ ...FILES, [`${where}/Chart.yaml`]: named(name) });
    expect(made.refusals).toEqual([{ why, where: expect.stringMatching(`^${where}/Chart\\.yaml:5:\\d+$`) }]);
    expect(readdirSync(own)).toEqual([]);
    expect(readdirSync(root).sort()).toEqual(['deploy', 'parts']);
  }
});

test('a chart that is refused is a warning of its unit, and Helm is not asked', async () => {
  const root = writeTree({ ...FILES, 'deploy/Chart.yaml': named('../../../../out') });
  const { units } = await discoverUnits(await readFolderTree(root, undefined), noPrograms);
  expect(units.find(({ unit }) => unit.name === 'chart deploy')?.findings).toMatchObject([
    {
      code: 'UNIT_NOT_JUDGED',
      severity: 'warning',
      sentence: 'chart deploy is not judged: its chart depends on "../../../../out", which no chart can be called',
    },
  ]);
});

test('a folder that is on the way already is not entered again', async () => {
  const { chart: made } = await assembled({
    ...FILES,
    'parts/base/Chart.yaml': chart('base', '../cart', '../base', '../../deploy'),
  });
  expect(made.refusals).toEqual([]);
  expect(
    readdirSync(made.folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('Chart.yaml'))
      .sort(),
  ).toEqual(['Chart.yaml', 'charts/cart/Chart.yaml', 'charts/cart/charts/base/Chart.yaml']);
});

test('charts that all depend on all others are refused before anything is copied', async () => {
  const names = Array.from({ length: 16 }, (_, index) => `part-${index}`);
  const parts = names.map((name) => [`parts/${name}/Chart.yaml`, chart(name, ...names.map((one) => `../${one}`))]);
  const { own, chart: made } = await assembled({
    'deploy/Chart.yaml': chart('shop', ...names.map((one) => `../parts/${one}`)),
    ...Object.fromEntries(parts),
  });
  expect(made.refusals).toEqual([
    { why: 'it is made of more than 10000 files with the charts beside it', where: 'deploy/Chart.yaml:1:1' },
  ]);
  expect(readdirSync(own)).toEqual([]);
});

test('more bytes than a chart has are refused', async () => {
  const { chart: made } = await assembled(FILES, { files: 100, bytes: 100 });
  expect(made.refusals).toMatchObject([{ why: 'it has more than 100 bytes with the charts beside it' }]);
});

test('a file where the folder of a dependency must be is said, and one that was deleted meanwhile is not missed', async () => {
  const taken = await assembled({ ...FILES, 'deploy/charts': 'no folder' });
  expect(taken.chart.refusals).toMatchObject([
    { why: expect.stringMatching(/^parts\/cart\/Chart\.yaml cannot be copied/) },
  ]);
  const root = writeTree(FILES);
  const tree = await readFolderTree(root, undefined);
  unlinkSync(path.join(root, 'deploy/values.yaml'));
  const made = await assembleChart(
    createParsedFiles(tree),
    'deploy',
    mkdtempSync(path.join(tmpdir(), 'canaryproof-test-')),
  );
  expect(made.refusals).toEqual([]);
  expect(readdirSync(made.folder).sort()).toEqual(['Chart.yaml', 'charts']);
});

test('what became a link out of the repository is not copied, nor what is named out of the chart', async () => {
  const root = writeTree(FILES);
  const outside = writeTree({ 'routes.yaml': 'secret: yes\n' });
  const tree = await readFolderTree(root, undefined);
  const at = (name: string) => mkdtempSync(path.join(tmpdir(), `canaryproof-test-${name}-`));
  const name = `parts/cart/../../../${path.basename(root)}/deploy/values.yaml`;
  const strange = await assembleChart(
    createParsedFiles({ ...tree, files: [...tree.files, name] }),
    'deploy',
    at('name'),
  );
  expect(strange.refusals).toMatchObject([{ why: `${name} would be copied out of the chart` }]);
  renameSync(path.join(root, 'parts/cart/templates'), path.join(root, 'parts/cart/old'));
  symlinkSync(outside, path.join(root, 'parts/cart/templates'));
  const linked = await assembleChart(createParsedFiles(tree), 'deploy', at('linked'));
  expect(linked.refusals).toMatchObject([{ why: 'parts/cart/templates/routes.yaml lies outside of the repository' }]);
});

test.each([
  ['a file elsewhere', '/etc/hostname', 'deploy/templates-link'],
  ['a folder elsewhere', '/etc', 'deploy/templates-link'],
  ["Git's own folder", '../.git/config', 'deploy/templates-link'],
  ['a folder that holds such a link', '../parts', 'deploy/templates-link/out'],
])('Helm is not given a chart with a link to %s', async (_what, target, said) => {
  const root = writeTree({ 'deploy/Chart.yaml': chart('shop'), 'parts/a.yaml': '{}\n', '.git/config': 'token\n' });
  symlinkSync(target, path.join(root, 'deploy/templates-link'));
  symlinkSync('/etc/hostname', path.join(root, 'parts/out'));
  const files = createParsedFiles(await readFolderTree(root, undefined));
  const { refusals } = await assembleChart(files, 'deploy', '/nowhere');
  expect(refusals).toEqual([{ why: `${said} is a link out of the repository`, where: 'deploy/Chart.yaml:1:1' }]);
});

test('a link inside of the repository is a part of the chart', async () => {
  const root = writeTree({ 'deploy/Chart.yaml': chart('shop'), 'parts/a.yaml': '{}\n' });
  symlinkSync('../parts', path.join(root, 'deploy/parts'));
  symlinkSync('.', path.join(root, 'deploy/circle'));
  const files = createParsedFiles(await readFolderTree(root, undefined));
  expect((await assembleChart(files, 'deploy', '/nowhere')).refusals).toEqual([]);
});

async function assembledRoot(root: string, limits?: CopyLimits) {
  const own = realpathSync(mkdtempSync(path.join(tmpdir(), 'canaryproof-test-')));
  return assembleChart(createParsedFiles(await readRepositoryTree(root)), '', own, limits);
}

test("a chart that is the whole repository is read without Git's own folder, however large it is", async () => {
  const root = writeTree({ 'Chart.yaml': chart('shop'), 'templates/a.yaml': '{}\n', 'docs/a.md': 'a' });
  commitAll(root);
  const made = await assembledRoot(root, { files: 2, bytes: 10 });
  expect([made.refusals, readdirSync(made.folder).sort()]).toEqual([[], ['Chart.yaml', 'docs', 'templates']]);
  expect(readFileSync(path.join(made.folder, 'templates/a.yaml'), 'utf8')).toBe('{}\n');
  expect(made.placeOf('templates/a.yaml')).toBe('templates/a.yaml');
});

test.each(
  fewOf(1, [
    ['alone', chart('shop')],
    ['with a chart beside it', chart('shop', './parts/cart')],
  ]),
)("a chart that is the whole repository, %s, does not show Git's settings by a new link", async (_what, text) => {
  const root = writeTree({ 'Chart.yaml': text, 'parts/cart/Chart.yaml': chart('cart'), 'files/b.txt': 'b' });
  commitAll(root);
  symlinkSync('../.git/config', path.join(root, 'files/a.txt'));
  expect((await assembledRoot(root)).refusals).toMatchObject([{ why: 'files/a.txt lies outside of the repository' }]);
});
