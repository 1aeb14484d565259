import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fewOf } from '../testkit/runner/thorough.ts';
import { createParsedFiles } from './parsed-files.ts';
import { readFolderTree, readRepositoryTree } from './repository-tree.ts';
import { commitAll, git, service, writeTree } from './tree-fixture.ts';

describe('a repository', () => {
  test('is what Git tracks or would: ignored files are not in it, from whatever folder it is asked', async () => {
    const root = writeTree({
      '.gitignore': 'build/\n',
      'a/x.yaml': service('x'),
      'build/y.yaml': service('y'),
      'new.yaml': '',
    });
    git(root, 'init', '--quiet');
    git(root, 'remote', 'add', 'origin', 'https://git.example.com/shop.git');
    git(root, 'add', 'a');
    const tree = await readRepositoryTree(path.join(root, 'a'));
    expect(tree).toMatchObject({ root, isGit: true, originUrl: 'https://git.example.com/shop.git' });
    expect(tree.files).toEqual(['.gitignore', 'a/x.yaml', 'new.yaml']);
  });
});

test.each(
  fewOf(2, [
    ['https://git.example.com/shop.git', true],
    ['git@git.example.com:team/shop.git', true],
    ['/mirrors/shop', false],
    ['../shop', false],
    ['file:///mirrors/shop', false],
  ]),
)('cloned from %s it is known by that address: %s', async (origin, isKnown) => {
  const root = writeTree({ 'x.yaml': service('x') });
  git(root, 'init', '--quiet');
  git(root, 'remote', 'add', 'origin', origin);
  expect((await readRepositoryTree(root)).originUrl).toBe(isKnown ? origin : undefined);
});

describe('a folder that is none', () => {
  test('is read as it lies; links are files or nothing, and loops end', async () => {
    const root = writeTree({ 'a/x.yaml': service('x'), 'node_modules/z.yaml': '' });
    symlinkSync('..', path.join(root, 'a', 'up'));
    symlinkSync('loop.yaml', path.join(root, 'loop.yaml'));
    symlinkSync('nowhere.yaml', path.join(root, 'dangling.yaml'));
    symlinkSync('a/x.yaml', path.join(root, 'same.yaml'));
    symlinkSync('/etc/hostname', path.join(root, 'outside.yaml'));
    const tree = await readRepositoryTree(root);
    expect(tree.isGit).toBe(false);
    expect(tree.files).toEqual(['a/x.yaml', 'same.yaml']);
    expect(tree.notes.map(({ code, path: name }) => `${code} ${name}`).sort()).toEqual([
      'LINK_BROKEN dangling.yaml',
      'LINK_BROKEN loop.yaml',
      'LINK_OUTSIDE outside.yaml',
    ]);
  });

  test('is not entered around a file of it, but for one that speaks of folders below', async () => {
    const root = writeTree({ 'x.yaml': service('x'), 'kustomization.yaml': '', 'home/of/many.yaml': service('m') });
    expect((await readRepositoryTree(path.join(root, 'x.yaml'))).files).toEqual(['kustomization.yaml', 'x.yaml']);
    expect((await readRepositoryTree(path.join(root, 'kustomization.yaml'))).files).toContain('home/of/many.yaml');
  });
  test('that is not there is refused in one sentence', async () => {
    await expect(readRepositoryTree('/nowhere/at/all')).rejects.toMatchObject({ code: 'PATH_MISSING', exitCode: 2 });
  });
});

describe('a repository that Git cannot read is said, and its files are judged as they lie', () => {
  test.each<[string, (root: string) => void]>([
    ['a broken index', (root) => writeFileSync(path.join(root, '.git', 'index'), 'garbage')],
    ['a broken head', (root) => writeFileSync(path.join(root, '.git', 'HEAD'), 'garbage')],
    [
      'a worktree whose repository is gone',
      (root) => {
        rmSync(path.join(root, '.git'), { recursive: true });
        writeFileSync(path.join(root, '.git'), 'gitdir: /nowhere/at/all\n');
      },
    ],
  ])('%s', async (_, spoil) => {
    const root = writeTree({ 'a/x.yaml': service('x') });
    commitAll(root);
    spoil(root);
    const tree = await readRepositoryTree(root);
    expect(tree.isGit).toBe(false);
    expect(tree.files).toContain('a/x.yaml');
    expect(tree.notes).toMatchObject([
      { code: 'GIT_NOT_READABLE', path: '.git', sentence: expect.stringMatching(/fatal/) },
    ]);
  });

  test('a bare one has no files', async () => {
    const root = writeTree({});
    git(root, 'init', '--quiet', '--bare');
    expect((await readRepositoryTree(root)).notes).toMatchObject([{ code: 'GIT_BARE' }]);
  });
});

describe('files', () => {
  test('that are no text, an LFS pointer or too large are said and not judged', async () => {
    const root = writeTree({ 'lfs.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n' });
    writeFileSync(path.join(root, 'binary.yaml'), Buffer.from([0x61, 0x70, 0xff, 0xfe, 0x00]));
    writeFileSync(path.join(root, 'large.yaml'), 'x'.repeat(9 * 1024 * 1024));
    const tree = await readRepositoryTree(root);
    for (const file of tree.files) expect(await tree.read(file)).toBeUndefined();
    expect([...tree.refused.values()].map(({ code }) => code).sort()).toEqual([
      'FILE_LFS_POINTER',
      'FILE_NOT_TEXT',
      'FILE_TOO_LARGE',
    ]);
  });
  test('a pipe or a socket in the place of a tracked file ends no reading, and is said', async () => {
    const root = writeTree({ 'pipe.yaml': service('x'), 'socket.yaml': service('y'), 'z.yaml': service('z') });
    commitAll(root);
    for (const name of ['pipe.yaml', 'socket.yaml']) rmSync(path.join(root, name));
    execFileSync('mkfifo', [path.join(root, 'pipe.yaml')]);
    const server = createServer().listen(path.join(root, 'socket.yaml'));
    await once(server, 'listening');
    try {
      const tree = await readRepositoryTree(root);
      const found = await createParsedFiles(tree).get('z.yaml');
      expect(await Promise.all(['pipe.yaml', 'socket.yaml'].map((name) => tree.read(name)))).toEqual([
        undefined,
        undefined,
      ]);
      expect([...tree.refused.values()].map(({ code, path: name }) => `${code} ${name}`).sort()).toEqual([
        'FILE_NOT_REGULAR pipe.yaml',
        'FILE_NOT_REGULAR socket.yaml',
      ]);
      expect(found?.objects).toHaveLength(1);
      const { notes } = await readFolderTree(root, undefined);
      expect(notes.map(({ code }) => code)).toEqual(['FILE_NOT_REGULAR', 'FILE_NOT_REGULAR']);
    } finally {
      server.close();
    }
  });
  test('whose names are no UTF-8, and that were deleted, are told apart', async () => {
    const root = writeTree({ 'gone.yaml': service('x') });
    const name = Buffer.concat([Buffer.from(`${root}/latin`), Buffer.from([0xe9]), Buffer.from('.yaml')]);
    writeFileSync(name, service('y'));
    commitAll(root);
    rmSync(path.join(root, 'gone.yaml'));
    const tree = await readRepositoryTree(root);
    for (const file of tree.files) expect(await tree.read(file)).toBeUndefined();
    expect([...tree.refused.values()].map(({ code }) => code)).toEqual(['FILE_NAME_NOT_TEXT']);
  });
  test.skipIf(process.getuid?.() === 0)('that may not be read are said', async () => {
    const root = writeTree({ 'secret.yaml': service('x') });
    chmodSync(path.join(root, 'secret.yaml'), 0);
    const tree = await readRepositoryTree(root);
    expect(await tree.read('secret.yaml')).toBeUndefined();
    expect([...tree.refused.values()]).toMatchObject([{ code: 'FILE_NOT_READABLE', path: 'secret.yaml' }]);
  });
  test('with a byte order mark, CRLF, anchors and tags of others are read; of several documents only the broken one is lost', async () => {
    const text = `\ufeff${service('one')}---\n# broken\na: [1\n---\nkind: Service\napiVersion: v1\nmetadata: &m { name: two }\nspec: { <<: *m, x: !Ref abc, y: !!binary aGk= }\n`;
    const root = writeTree({ 'all.yaml': text.replaceAll('\n', '\r\n') });
    const parsed = await createParsedFiles(await readRepositoryTree(root)).get('all.yaml');
    expect(parsed!.objects.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(parsed!.syntaxFindings).toMatchObject([{ code: 'MANIFEST_YAML_SYNTAX' }]);
    expect(parsed!.objects[1]!.positionOf(['spec', 'x'])).toMatchObject({ line: 12 });
    expect(parsed!.objects[1]!.value.spec).toMatchObject({ name: 'two', x: 'abc' });
  });
});
