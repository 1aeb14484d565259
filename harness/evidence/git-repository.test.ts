import { mkdtemp, readFile, rm } from 'node:fs/promises';
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

test('each commit replaces the content and is visible in the bare repository', async () => {
  const location = { bareDirectory: directory, baseUrl: 'http://git.example', name: 'shop' };
  const repository = await createGitRepository(location, path.join(directory, 'work'), () => 42);
  const first = await repository.commit([{ path: 'a/x.yaml', text: 'x: 1\n' }], 'first');
  const second = await repository.commit([{ path: 'b.yaml', text: 'y: 2\n' }], 'second');

  expect(repository.url).toBe('http://git.example/shop.git');
  expect(repository.commits).toEqual([first, second]);
  expect(second.pushedAt).toBe(42);
  const clone = path.join(directory, 'clone');
  await runProgram(['git', 'clone', '--quiet', path.join(directory, 'shop.git'), clone]);
  expect(await readFile(path.join(clone, 'b.yaml'), 'utf8')).toBe('y: 2\n');
  const { stdout } = await runProgram(['git', '-C', clone, 'ls-files']);
  expect(stdout.trim()).toBe('b.yaml');
  const log = await runProgram(['git', '-C', clone, 'log', '--format=%H %s']);
  expect(log.stdout.trim().split('\n')).toEqual([`${second.sha} second`, `${first.sha} first`]);
});

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
