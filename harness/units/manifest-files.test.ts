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
const OTHER = {
  'other/Chart.yaml': 'name: other\n',
  'other/values.yaml': 'image: {}\nservice: {}\n',
  'other/values-mine.yaml': 'image: {}\n',
  'prod/values-image.yaml': 'image: { tag: v3 }\n',
};
const found = async (more: Readonly<Record<string, string>> = {}) =>
  valueFilesOf(
    createParsedFiles(await readFolderTree(writeTree({ ...FILES, ...more }), undefined)),
    'chart',
    Object.keys(more).length === 0 ? ['chart'] : ['chart', 'other'],
  );

test('the only chart of a repository is also given values of other folders that set what its own know', async () => {
  expect(await found()).toEqual(['chart/values-prod.yaml', 'deploy/values-canary.yaml', 'prod/values.yaml']);
});

test('of several charts that one is, whose own values alone know all of it', async () => {
  expect(await found(OTHER)).toEqual(['chart/values-prod.yaml', 'deploy/values-canary.yaml', 'prod/values.yaml']);
  const twin = { ...OTHER, 'other/values.yaml': 'image: {}\nrollout: {}\n' };
  expect(await found(twin)).toEqual(['chart/values-prod.yaml']);
});
