/** Branches, and content that speaks of itself, by Git itself many times over; git-repository.test.ts holds the core. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProgram } from '../process/run-program.ts';
import { createGitRepository } from './git-repository.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'git-repository-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('branches hold their own content, a merge brings over what changed, and commits go to main all the while', async () => {
  const location = { bareDirectory: directory, baseUrl: 'http://git.example', name: 'shop' };
  const repository = await createGitRepository(location, path.join(directory, 'work'), () => 42);
  await repository.commit([{ path: 'a', text: '1\n' }], 'first');
  await repository.branch('dev', 'main');
  const change = await repository.commitTo('dev', [{ path: 'a', text: '2\n' }], 'change');
  const git = async (...args: string[]) =>
    (await runProgram(['git', '--git-dir', path.join(directory, 'shop.git'), ...args])).stdout.trim();
  const show = async (ref: string) =>
    (await runProgram(['git', '--git-dir', path.join(directory, 'shop.git'), 'show', `${ref}:a`])).stdout.trim();
  expect([await show('main'), await show('dev'), await show(change.sha)]).toEqual(['1', '2', '2']);
  await repository.commit(
    [
      { path: 'a', text: '1\n' },
      { path: 'b', text: 'x\n' },
    ],
    'meanwhile on main',
  );
  expect((await git('ls-tree', '--name-only', 'main')).split('\n')).toEqual(['a', 'b']);
  const merged = await repository.merge('dev', 'main', 'promote');
  expect([await show('main'), await show(merged.sha)]).toEqual(['2', '2']);
  await repository.commit([{ path: 'a', text: '3\n' }], 'after');
  expect([await show('main'), await show('dev')]).toEqual(['3', '2']);
}, 60_000);

test('commits exactly what it is given, whatever the content says about itself', async () => {
  const location = { bareDirectory: directory, baseUrl: 'http://git.example', name: 'shop' };
  const repository = await createGitRepository(location, path.join(directory, 'work'), () => 42);
  const files = [
    { path: '.gitignore', text: '*\n' },
    {
      path: '.gitattributes',
      text: '* text=auto eol=crlf ident filter=evil\n*.yaml export-ignore working-tree-encoding=UTF-16\n',
    },
    { path: '.gitmodules', text: '[submodule "x"]\n\tpath = x\n\turl = ext::touch owned\n' },
    { path: 'a.yaml', text: 'a: 1\r\nb: $Id$\n' },
    { path: 'deep/ "quoted" \u00e9.yaml', text: '\ufeffno end of line' },
    { path: 'empty', text: '' },
  ];
  for (const round of [1, 2]) {
    await repository.commit(files, `round ${round}\n\nwith "more"`);
    const bare = path.join(directory, 'shop.git');
    const listed = await runProgram(['git', '--git-dir', bare, 'ls-tree', '-r', '-z', '--name-only', 'main']);
    expect(listed.stdout.split('\0').filter(Boolean).sort()).toEqual(files.map((file) => file.path).sort());
    for (const file of files) {
      const shown = await runProgram(['git', '--git-dir', bare, 'cat-file', 'blob', `main:${file.path}`]);
      expect(shown.stdout).toBe(file.text);
      // Kustomize renders from the work tree
      expect(await readFile(path.join(directory, 'work', file.path), 'utf8')).toBe(file.text);
    }
  }
  await repository.commit([{ path: 'b', text: 'x' }], 'all else goes');
  expect((await readdir(path.join(directory, 'work'))).sort()).toEqual(['.git', 'b']);
  await repository.branch('dev', 'main');
  await repository.commitTo('dev', files, 'change');
  await repository.merge('dev', 'main', 'promote');
}, 60_000);
