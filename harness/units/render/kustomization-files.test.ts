import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createParsedFiles } from '../parsed-files.ts';
import { readRepositoryTree } from '../repository-tree.ts';
import { commitAll, writeTree } from '../tree-fixture.ts';
import { readKustomization } from './kustomization-files.ts';

test('what lies out of the repository, or in the folder of Git, is not for Kustomize to read', async () => {
  const root = writeTree({
    'kustomization.yaml': `resources: [base, link, ../elsewhere, nothing-there]
configMapGenerator: [{ name: a, files: [token=.git/config, plain.txt] }]
`,
    'base/kustomization.yaml': 'resources: []\n',
    'plain.txt': 'a',
  });
  symlinkSync('/etc', path.join(root, 'link'));
  commitAll(root);
  const { remote, below, holdsGit } = await readKustomization(createParsedFiles(await readRepositoryTree(root)), '');
  expect(holdsGit).toBe(true);
  expect(remote.map(({ entry }) => entry).sort()).toEqual(['../elsewhere', '.git/config', 'link']);
  expect(remote.filter(({ leadsOut }) => leadsOut).map(({ entry }) => entry)).toEqual(['../elsewhere']);
  expect([...below]).toEqual(['base']);
});

test('a linked folder is read where it lies, and what its own links lead to is seen', async () => {
  const root = writeTree({
    'app/kustomization.yaml': `resources: [link, more/service.yaml]
configMapGenerator: [{ name: a, files: [more/plain.txt] }]
`,
    'parts/kustomization.yaml': 'resources: [out, ../beside]\n',
    'beside/kustomization.yaml': 'resources: []\n',
    'beside/service.yaml': 'kind: Service\n',
    'beside/plain.txt': 'a',
  });
  symlinkSync('../parts', path.join(root, 'app/link'));
  symlinkSync('../beside', path.join(root, 'app/more'));
  symlinkSync('/etc', path.join(root, 'parts/out'));
  commitAll(root);
  const tree = await readKustomization(createParsedFiles(await readRepositoryTree(root)), 'app');
  expect(tree.remote.map(({ entry, position }) => `${position.path} ${entry}`)).toEqual([
    'parts/kustomization.yaml out',
  ]);
  expect([...tree.below]).toEqual(['parts', 'beside']);
  expect([...tree.files].sort()).toEqual([
    ...['app/kustomization.yaml', 'beside/kustomization.yaml', 'beside/plain.txt', 'beside/service.yaml'],
    'parts/kustomization.yaml',
  ]);
  expect([...tree.links]).toEqual([
    ['app/more/plain.txt', 'beside/plain.txt'],
    ['app/link', 'parts'],
    ['app/more/service.yaml', 'beside/service.yaml'],
  ]);
  expect(tree.holdsGit).toBe(false);
});

test('what only adds objects is known from what may change others', async () => {
  const root = writeTree({
    'kustomization.yaml':
      'resources: [https://example.com/a.yaml]\ncomponents: [https://example.com/b]\ntransformers: [https://example.com/c.yaml]\n',
  });
  const { remote } = await readKustomization(createParsedFiles(await readRepositoryTree(root)), '');
  expect(remote.map(({ entry, adds = false }) => `${entry} ${adds}`)).toEqual([
    'https://example.com/a.yaml true',
    'https://example.com/b false',
    'https://example.com/c.yaml false',
  ]);
});
