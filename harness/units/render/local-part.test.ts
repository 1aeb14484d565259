import { mkdtempSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { programs } from '../../process/run-program.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { createParsedFiles } from '../parsed-files.ts';
import { readRepositoryTree } from '../repository-tree.ts';
import { commitAll, noPrograms, service, writeTree } from '../tree-fixture.ts';
import { readKustomization } from './kustomization-files.ts';
import { copyLocalPart } from './local-part.ts';
import { renderKustomization } from './render-kustomization.ts';

const SOURCE = { kind: 'kustomize', path: '', overlay: {}, place: [] } as const;

test('an entry that lies elsewhere is left out where it stands, and not where the same words mean a folder', async () => {
  const root = writeTree({
    'kustomization.yaml': 'resources: [one, two, shared]\n',
    'one/kustomization.yaml': 'resources: [shared, service.yaml]\n',
    'one/service.yaml': service('one'),
    'two/kustomization.yaml': 'resources: [shared]\n',
    'two/shared/kustomization.yaml': 'resources: []\n',
    shared: service('shared'),
  });
  symlinkSync('/etc', path.join(root, 'one/shared'));
  commitAll(root);
  const files = createParsedFiles(await readRepositoryTree(root));
  const to = mkdtempSync(path.join(tmpdir(), 'canaryproof-test-'));
  await copyLocalPart(files, await readKustomization(files, ''), to);
  const resources = (folder: string) =>
    parse(readFileSync(path.join(to, folder, 'kustomization.yaml'), 'utf8')).resources;
  expect([resources('.'), resources('one'), resources('two')]).toEqual([
    ...[['one', 'two', 'shared'], ['service.yaml'], ['shared']],
  ]);
  expect(readFileSync(path.join(to, 'shared'), 'utf8')).toBe(service('shared'));
});

test('the published configuration of Rollouts is replaced by ours', async () => {
  const address = 'https://argoproj.github.io/argo-rollouts/features/kustomize/rollout-transform.yaml';
  const kustomization = `resources: [shop.yaml]\nconfigurations: [${address}, own.yaml]\n`;
  const root = writeTree({
    'kustomization.yaml': kustomization,
    'own.yaml': '{}\n',
    'shop.yaml': service('shop'),
  });
  const files = createParsedFiles(await readRepositoryTree(root));
  const parts = await readKustomization(files, '');
  expect(parts.remote).toEqual([]);
  const to = mkdtempSync(path.join(tmpdir(), 'canaryproof-test-'));
  await copyLocalPart(files, parts, to);
  const { configurations } = parse(readFileSync(path.join(to, 'kustomization.yaml'), 'utf8'));
  expect(configurations).toEqual(['own.yaml', 'canaryproof-rollout-transform.yaml']);
  const { replicas } = parse(readFileSync(path.join(to, configurations[1]), 'utf8'));
  expect(replicas).toEqual([{ path: 'spec/replicas', kind: 'Rollout', create: true }]);
});

test("Kustomize at the repository's root is given a copy without Git's own folder, and with its links", async () => {
  const root = writeTree({
    'kustomization.yaml': 'generators: [gen.yaml]\nresources: [link]\n',
    'gen.yaml':
      'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: { name: a }\nfiles: [token=.git/config, leak.txt]\n',
    'parts/base/kustomization.yaml': 'resources: []\n',
  });
  symlinkSync('parts/base', path.join(root, 'link'));
  commitAll(root);
  symlinkSync('.git/config', path.join(root, 'leak.txt'));
  const { run } = programs;
  const seen: string[] = [];
  playPrograms(async (argv, options) => {
    if (argv[0] !== 'kustomize') return run(argv, options);
    const own = argv[2]!;
    const [resource] = parse(await readFile(path.join(own, 'kustomization.yaml'), 'utf8')).resources;
    const folder = path.join(own, resource);
    seen.push(...readdirSync(folder).sort(), path.relative(folder, realpathSync(path.join(folder, 'link'))));
    return { stdout: service('shop'), stderr: '', exitCode: 0, durationMs: 1 };
  });
  const files = createParsedFiles(await readRepositoryTree(root));
  const kustomize = async () => 'kustomize';
  const { objects } = await renderKustomization(
    files,
    SOURCE,
    { name: 'a', namespace: '' },
    { ...noPrograms, kustomize },
  );
  expect(objects.map(({ name }) => name)).toEqual(['shop']);
  expect(seen).toEqual(['gen.yaml', 'kustomization.yaml', 'link', 'parts', 'parts/base']);
});
