import { expect, test } from 'vitest';
import { createParsedFiles } from '../parsed-files.ts';
import { readFolderTree } from '../repository-tree.ts';
import { writeTree } from '../tree-fixture.ts';
import type { HelmSource } from '../unit-model.ts';
import { repeatedKeys } from './chart-values.ts';

test('a value that stands twice is said where the second one stands, of every file that Helm reads', async () => {
  const root = writeTree({
    'chart/values.yaml': 'steps: [{ setWeight: 10 }]\nname: shop\nsteps:\n',
    'chart/values-prod.yaml': 'image:\n  tag: v1\n  tag: v2\n',
    'chart/values-other.yaml': 'a: 1\na: 2\n',
  });
  const source: HelmSource = {
    ...{ kind: 'helm', path: 'chart', releaseName: 'shop', ignoreMissingValueFiles: false, place: [] },
    valueFiles: [{ written: 'values-prod.yaml', path: 'chart/values-prod.yaml', place: [] }],
    ...{ values: undefined, parameters: [], skipCrds: false },
  };
  const found = await repeatedKeys(createParsedFiles(await readFolderTree(root, undefined)), source);
  expect(found.map(({ code, where }) => `${code} ${where}`)).toEqual([
    'MANIFEST_KEY_TWICE chart/values.yaml:3:1',
    'MANIFEST_KEY_TWICE chart/values-prod.yaml:3:3',
  ]);
});
