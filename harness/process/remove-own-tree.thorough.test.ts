/** A race, played often; remove-own-tree.test.ts holds each refusal once. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeOwnTree } from './remove-own-tree.ts';

const asRoot = process.geteuid?.() === 0;
const NOBODY = 65534;
let directory: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'remove-own-tree-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await rm(directory, { recursive: true, force: true });
});
const at = (...names: string[]) => path.join(directory, ...names);

/**
 * What the audit did: a user who owns a folder inside the tree swaps it for a link while it is removed. Here the user
 * even stands in the tree before its removal begins, so that the private place does not keep them out.
 */
test.runIf(asRoot)("a folder swapped for a link during the removal costs nothing of anybody's", async () => {
  await mkdir(at('precious'));
  for (let i = 0; i < 50; i++) await writeFile(at('precious', `${i}`), 'root');
  await chmod(directory, 0o755);
  for (let round = 0; round < 12; round++) {
    await mkdir(at('tree', 'theirs'), { recursive: true });
    execFileSync('bash', ['-c', 'mkdir -p theirs/{1..20}/sub/full && chown -R nobody theirs'], { cwd: at('tree') });
    const swap = `
      import os, sys
      os.chdir('theirs')
      print('ready', flush=True)
      while True:
        for i in range(1, 21):
          try:
            os.rename(f'{i}/sub', f'{i}/moved')
            os.symlink(${JSON.stringify(at('precious'))}, f'{i}/sub')
            os.unlink(f'{i}/sub')
            os.rename(f'{i}/moved', f'{i}/sub')
          except OSError: pass
    `.replaceAll(/^ {6}/gm, '');
    const swapper = spawn('setpriv', [`--reuid=${NOBODY}`, '--clear-groups', 'python3', '-c', swap], {
      cwd: at('tree'),
      // a program that such a user can read
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(swapper, 'exit');
    child = swapper;
    await once(swapper.stdout, 'data');
    await removeOwnTree(at('tree')).catch(() => undefined);
    swapper.kill('SIGKILL');
    await ended;
    expect(await lstat(at('tree')).catch(() => 'gone')).toBe('gone');
  }
  expect(await readdir(at('precious'))).toHaveLength(50);
});
