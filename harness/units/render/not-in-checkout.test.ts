/** What a checkout holds of a unit only in part: never a wait without an end, and no error where the repository is whole. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ProgramError, programs } from '../../process/run-program.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { discoverUnits } from '../discover-units.ts';
import { readRepositoryTree } from '../repository-tree.ts';
import { application, commitAll, git, noPrograms, service, writeTree } from '../tree-fixture.ts';

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n';

test.each([
  ['a resource', 'resources: [x.yaml]', 'o/x.yaml'],
  ['a file of a generator', 'configMapGenerator: [{ name: m, files: [a=x.yaml] }]', 'o/x.yaml'],
  ['the kustomization of a folder below', 'resources: [below]', 'o/below/kustomization.yaml'],
])('a pipe is not opened: %s', async (_, text, pipe) => {
  const root = writeTree({
    'o/kustomization.yaml': `${text}\n`,
    'o/below/x.yaml': service('x'),
    'p/y.yaml': service('y'),
  });
  execFileSync('mkfifo', [path.join(root, pipe)]);
  commitAll(root);
  // Kustomize would wait, so it must not be asked for
  const { units } = await discoverUnits(await readRepositoryTree(root), noPrograms);
  const broken = units.find(({ unit }) => unit.name === 'kustomization o');
  expect(broken?.findings).toMatchObject([
    { code: 'UNIT_NOT_RENDERED', where: expect.stringMatching(/^o\/kustomization\.yaml:1:/) },
  ]);
  expect(broken?.findings[0]?.sentence).toContain(`reads ${pipe}, which is a pipe`);
  expect(units.find(({ unit }) => unit.name === 'folder p')?.objects).toHaveLength(1);
});

test('a text that would unfold without an end is handed to no program, and said where it stands', async () => {
  const lines = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
  const bomb = ['a0: &a0 [x]', ...lines].join('\n');
  const root = writeTree({
    'o/kustomization.yaml': 'resources: [x.yaml]\n',
    'o/x.yaml': `${service('x')}${bomb}\n`,
    'c/Chart.yaml': 'name: c\nversion: 1.0.0\n',
    'c/values.yaml': `${bomb}\n`,
    'd/kustomization.yaml': 'resources: [x.yaml]\n',
    'd/x.yaml': `${service('x')}deep: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`,
  });
  commitAll(root);
  const { units } = await discoverUnits(await readRepositoryTree(root), noPrograms);
  const said = units.flatMap(({ findings }) => findings.map(({ code, where }) => `${code} ${where}`)).sort();
  expect(said).toEqual([
    expect.stringMatching(/^MANIFEST_YAML_SYNTAX c\/values\.yaml:/),
    expect.stringMatching(/^MANIFEST_YAML_SYNTAX d\/x\.yaml:/),
    expect.stringMatching(/^MANIFEST_YAML_SYNTAX o\/x\.yaml:/),
  ]);
});

test('a file of more than 8 MiB is handed to no program', async () => {
  const root = writeTree({
    'o/kustomization.yaml': 'resources: [x.yaml]\n',
    'o/x.yaml': `${service('x')}# ${'x'.repeat(9 * 1024 * 1024)}\n`,
  });
  const { units } = await discoverUnits(await readRepositoryTree(root), noPrograms);
  expect(units[0]?.findings).toMatchObject([{ code: 'UNIT_NOT_JUDGED', severity: 'info' }]);
  expect(units[0]?.findings[0]?.sentence).toContain('it reads o/x.yaml, which has more than 8 MiB');
});

test('what Git LFS has elsewhere is not judged, and is no error of the repository', async () => {
  const root = writeTree({ 'o/kustomization.yaml': 'resources: [x.yaml]\n', 'o/x.yaml': POINTER });
  commitAll(root);
  const { run } = programs;
  playPrograms(async (argv, options) => {
    if (argv[0] !== 'kustomize') return run(argv, options);
    const ended = { reason: 'exit', exitCode: 1, signal: undefined, stdout: '', stderr: 'no metadata' } as const;
    throw new ProgramError(argv, { ...ended, cause: undefined });
  });
  const { units } = await discoverUnits(await readRepositoryTree(root), {
    ...noPrograms,
    kustomize: async () => 'kustomize',
  });
  expect(units[0]?.findings).toMatchObject([
    { code: 'UNIT_NOT_JUDGED', severity: 'info', hint: expect.stringContaining('git lfs pull') },
  ]);
  expect(units[0]?.findings[0]?.sentence).toContain('reads o/x.yaml, which is a Git LFS pointer');
});

test('what lies in a submodule is not judged, and is no error of the repository', async () => {
  const root = writeTree({
    'o/kustomization.yaml': 'resources: [../deps/shared/base]\n',
    'apps/shop.yaml': application('shop', 'deps/shared/base'),
  });
  commitAll(root);
  git(root, 'remote', 'add', 'origin', 'https://git.example.com/shop.git');
  git(root, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},deps/shared`);
  const { units } = await discoverUnits(await readRepositoryTree(root), noPrograms);
  expect(units.flatMap(({ findings }) => findings.map(({ code, severity }) => `${code} ${severity}`))).toEqual([
    'UNIT_NOT_JUDGED info',
    'UNIT_NOT_JUDGED info',
  ]);
});

test('a kustomization or chart that was deleted in the working tree is none', async () => {
  const root = writeTree({
    'o/kustomization.yaml': 'resources: [x.yaml]\n',
    'c/Chart.yaml': 'name: c\nversion: 1.0.0\n',
  });
  commitAll(root);
  for (const name of ['o/kustomization.yaml', 'c/Chart.yaml']) rmSync(path.join(root, name));
  expect((await discoverUnits(await readRepositoryTree(root), noPrograms)).units).toEqual([]);
});

test('of kustomizations in a circle the first is judged: nobody reads them from outside', async () => {
  const root = writeTree({
    'p/kustomization.yaml': 'resources: [../q]\n',
    'q/kustomization.yaml': 'resources: [../p]\n',
    'r/kustomization.yaml': 'resources: [../s]\n',
    's/kustomization.yaml': 'resources: []\n',
  });
  const { units } = await discoverUnits(await readRepositoryTree(root), noPrograms);
  expect(units.map(({ unit }) => unit.name)).toEqual(['kustomization r', 'kustomization p']);
});
