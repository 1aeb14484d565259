import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { type ReadGitOptions, readGit } from './read-git.ts';
import { runProgram } from './run-program.ts';

let folder: string;
let repository: string;
/** Every program that its settings name leaves a file here. */
let traces: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-git-test-'));
  [repository, traces] = [path.join(folder, 'repository'), path.join(folder, 'traces')];
  await mkdir(traces);
  const own = { env: { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' } };
  const git = (...words: string[]) =>
    runProgram(['git', '-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], own);
  await mkdir(repository);
  await git('init', '--quiet', '--template=');
  await writeFile(path.join(repository, '.gitattributes'), '*.yaml filter=an=evil.one\n');
  await writeFile(path.join(repository, 'a.yaml'), 'a: 1\n');
  await git('add', '.');
  await git('commit', '--quiet', '--message=a');
  await git('config', 'core.fsmonitor', await program('fsmonitor'));
  await git('config', 'filter.an=evil.one.smudge', await program('smudge'));
  await git('config', 'filter.an=evil.one.required', 'true');
  await git('config', 'log.showSignature', 'true');
  await git('config', 'gpg.program', await program('signature'));
  const hooks = path.join(repository, '.git', 'hooks');
  await mkdir(hooks);
  await writeFile(path.join(hooks, 'post-index-change'), await script('hook'), { mode: 0o755 });
});
afterEach(() => rm(folder, { recursive: true }));

const script = async (name: string) => `#!/bin/sh\ntouch '${path.join(traces, name)}'\ncat\n`;
async function program(name: string): Promise<string> {
  const file = path.join(folder, `${name}.sh`);
  await writeFile(file, await script(name));
  await chmod(file, 0o755);
  return file;
}

test('nothing that the settings or hooks of a repository name is started', async () => {
  const index = { env: { GIT_INDEX_FILE: path.join(folder, 'index') } };
  const ask = async (args: readonly string[], options: ReadGitOptions = {}) =>
    (await readGit(repository, args, options)).stdout;
  expect(await ask(['ls-files', '--others', '--exclude-standard'], { isAnybodys: true })).toBe('');
  expect(await ask(['ls-files'], { isAnybodys: true })).toBe('.gitattributes\na.yaml\n');
  expect(await ask(['log', '--format=%s'])).toBe('a\n');
  await ask(['read-tree', 'HEAD'], index);
  await ask(['checkout-index', '--all', `--prefix=${folder}/out/`], { ...index, isUnfiltered: true });
  expect(await readdir(path.join(folder, 'out'))).toEqual(['.gitattributes', 'a.yaml']);
  expect(await readdir(traces)).toEqual([]);
});

test('what another user fetches for a partial clone is not fetched', async () => {
  const config = (key: string, value: string) => runProgram(['git', '-C', repository, 'config', key, value]);
  await config('core.repositoryFormatVersion', '1');
  await config('extensions.partialClone', 'origin');
  await config('remote.origin.promisor', 'true');
  await config('protocol.ext.allow', 'always');
  await config('core.sshCommand', await program('ssh'));
  const { stdout } = await readGit(repository, ['rev-parse', 'HEAD:a.yaml']);
  const blob = stdout.trim();
  await rm(path.join(repository, '.git', 'objects', blob.slice(0, 2), blob.slice(2)));
  for (const url of [`ext::${await program('transport')}`, 'ssh://git.test/a.git']) {
    await config('remote.origin.url', url);
    const asked = ['cat-file', '-p', blob];
    await expect(readGit(repository, asked, { isAnybodys: true })).rejects.toThrow(blob);
    await expect(readGit(repository, asked)).rejects.toThrow(blob);
  }
  expect(await readdir(traces)).toEqual([]);
});

test('the repository around the folder is read, also where a hook of another one calls', async () => {
  const hooked = path.join(folder, 'hooked');
  await mkdir(hooked);
  await runProgram(['git', '-C', hooked, 'init', '--quiet', '--template=']);
  vi.stubEnv('GIT_DIR', path.join(hooked, '.git'));
  vi.stubEnv('GIT_WORK_TREE', hooked);
  vi.stubEnv('GIT_INDEX_FILE', path.join(hooked, '.git', 'index'));
  onTestFinished(() => void vi.unstubAllEnvs());
  expect((await readGit(repository, ['rev-parse', '--show-toplevel'])).stdout).toBe(`${await realpath(repository)}\n`);
  expect((await readGit(repository, ['ls-files'])).stdout).toBe('.gitattributes\na.yaml\n');
});
