import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commitExactly } from './exact-commit.ts';
import { initQuietly, type QuietGit, quietGit } from './quiet-git.ts';

let folder: string;
let git: QuietGit;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-exact-'));
  git = quietGit(folder);
  await initQuietly(git, folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a commit that is not what was given is refused', async () => {
  // a tree holds a file or a folder of that name, and Git takes the later one without a word
  const files = ['a', 'a/b'].map((name) => ({ path: name, text: name }));
  await expect(commitExactly(git, 'main', files, 'both')).rejects.toMatchObject({ code: 'GIT_TREE_DIFFERS' });
  await commitExactly(git, 'main', files.slice(1), 'one');
});

test('a program that the settings of a repository name is not run', async () => {
  const program = path.join(folder, 'program');
  await writeFile(program, `#!/bin/sh\ntouch ${path.join(folder, 'ran')}\n`);
  await chmod(program, 0o755);
  await git(['config', 'core.fsmonitor', program]);
  await writeFile(path.join(folder, 'file'), 'x');
  await git(['add', 'file']);
  await git(['status', '--short']);
  expect(await readdir(folder)).not.toContain('ran');
});
