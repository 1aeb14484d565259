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
  const { remote, below } = await readKustomization(createParsedFiles(await readRepositoryTree(root)), '');
  expect(remote.map(({ entry }) => entry).sort()).toEqual(['../elsewhere', '.git/config', 'link']);
  expect([...below]).toEqual(['base']);
});
