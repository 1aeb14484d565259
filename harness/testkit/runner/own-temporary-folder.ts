/** Everything that tests write into the temporary folder goes with the run, also where one of them forgets it. */
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { removeOwnTree } from '../../process/remove-own-tree.ts';

/** Before the processes that run tests are started: they inherit the environment. */
export async function setup(): Promise<() => Promise<void>> {
  // short: tests make sockets in it, whose names have an end
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cp-'));
  process.env.TMPDIR = folder;
  return () => removeOwnTree(folder);
}
