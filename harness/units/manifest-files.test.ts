import { expect, test } from 'vitest';
import { valueFilesOf } from './manifest-files.ts';
import { createParsedFiles } from './parsed-files.ts';
import { readFolderTree } from './repository-tree.ts';
import { writeTree } from './tree-fixture.ts';

const FILES = {
  'chart/Chart.yaml': 'name: chart\n',
  'chart/values.yaml': 'image: {}\nrollout: { enabled: false }\n',
  'chart/values-prod.yaml': 'image: {}\nanything: 1\n',
  'deploy/values-canary.yaml': 'rollout: { enabled: true }\n',
  'prod/values.yaml': 'image: { tag: v2 }\nrollout: {}\n',
  'monitoring/values.yaml': 'grafana: {}\nimage: {}\n',
  'empty/values.yaml': '# nothing yet\n',
  'notes/rollout.yaml': 'rollout: { enabled: true }\n',
  '.github/values-ci.yaml': 'rollout: {}\n',
  'testdata/values.yaml': 'rollout: {}\n',
};
const found = async (isOnly: boolean) =>
  valueFilesOf(createParsedFiles(await readFolderTree(writeTree(FILES), undefined)), 'chart', isOnly);

test('the only chart of a repository is also given values of other folders that set what its own know', async () => {
  expect(await found(true)).toEqual(['chart/values-prod.yaml', 'deploy/values-canary.yaml', 'prod/values.yaml']);
});

test('of several charts nobody knows whose the values of another folder are', async () => {
  expect(await found(false)).toEqual(['chart/values-prod.yaml']);
});
