import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProgram } from '../process/run-program.ts';
import { fewOf, thorough } from '../testkit/runner/thorough.ts';
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

test.each(fewOf(2, ['.git/config', '.git', 'a/.GIT/hooks/x', '../out', '/etc/x', 'a//b', 'a/./b']))(
  'refuses the path %s',
  async (file) => {
    const location = { bareDirectory: directory, baseUrl: 'http://git.example', name: 'shop' };
    const repository = await createGitRepository(location, path.join(directory, 'work'), () => 42);
    await expect(repository.commit([{ path: file, text: 'x' }], 'bad')).rejects.toMatchObject({
      code: 'GIT_PATH_REFUSED',
    });
  },
);

thorough(
  'nothing of the user or the caller runs or decides',
  async () => {
    const home = path.join(directory, 'home');
    const owned = path.join(directory, 'owned');
    await mkdir(path.join(home, 'hooks'), { recursive: true });
    const evil = path.join(home, 'evil');
    await writeFile(evil, `#!/bin/sh\necho "$0" >> ${owned}\n`, { mode: 0o755 });
    for (const hook of [
      'pre-commit',
      'post-commit',
      'pre-push',
      'post-checkout',
      'post-receive',
      'reference-transaction',
    ])
      await writeFile(path.join(home, 'hooks', hook), `#!/bin/sh\necho ${hook} >> ${owned}\n`, { mode: 0o755 });
    const settings = `[core]\n\thooksPath = ${home}/hooks\n\tfsmonitor = ${evil}\n[filter "evil"]\n\tclean = ${evil}\n\tsmudge = ${evil}\n[commit]\n\tgpgSign = true\n`;
    await writeFile(path.join(home, '.gitconfig'), settings);
    const before = { ...process.env };
    Object.assign(process.env, {
      HOME: home,
      GIT_DIR: path.join(directory, 'of-the-caller'),
      GIT_INDEX_FILE: path.join(directory, 'index-of-the-caller'),
      GIT_TEMPLATE_DIR: home,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.hooksPath',
      GIT_CONFIG_VALUE_0: `${home}/hooks`,
    });
    try {
      const location = { bareDirectory: directory, baseUrl: 'http://git.example', name: 'shop' };
      const repository = await createGitRepository(location, path.join(directory, 'work'), () => 42);
      await repository.commit(
        [
          { path: 'a', text: '1\n' },
          { path: '.gitattributes', text: '* filter=evil\n' },
        ],
        'first',
      );
      await repository.branch('dev', 'main');
      await repository.commitTo('dev', [{ path: 'a', text: '2\n' }], 'change');
      await repository.merge('dev', 'main', 'promote');
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    }
    expect(await readFile(owned, 'utf8').catch(() => 'nothing ran')).toBe('nothing ran');
    expect((await readdir(directory)).filter((name) => name.includes('caller'))).toEqual([]);
  },
  60_000,
);
