import './repository-tree.test.ts';
import { describe, expect, test } from 'vitest';
import { readRepositoryTree } from './repository-tree.ts';
import { commitAll, git, service, writeTree } from './tree-fixture.ts';

describe('a repository', () => {
  test('a submodule is another repository, and said once', async () => {
    const other = writeTree({ 'x.yaml': service('x') });
    const commit = commitAll(other);
    const root = writeTree({ 'y.yaml': service('y') });
    commitAll(root);
    git(root, 'update-index', '--add', '--cacheinfo', `160000,${commit},vendor/other`);
    const tree = await readRepositoryTree(root);
    expect(tree.files).toEqual(['y.yaml']);
    expect(tree.notes).toMatchObject([{ code: 'SUBMODULE_NOT_JUDGED', path: 'vendor/other' }]);
  });
});
