/**
 * What the processes that run tests begin with: a temporary folder that goes with the run, with everything that a test
 * forgot in it, and modules as an earlier run compiled them (a sixth of the processor time).
 */
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { packageRoot } from '../../process/package-root.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';

const MADE = 'CANARYPROOF_TESTS_TMPDIR';

/** Before the processes that run tests are started: they inherit the environment. Once for all projects of a run. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  // short: tests make sockets in it, whose names have an end, and one folder within another is too long
  if (process.env[MADE] !== undefined && process.env[MADE] === process.env.TMPDIR) return undefined;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cp-'));
  process.env.TMPDIR = folder;
  process.env[MADE] = folder;
  process.env.NODE_COMPILE_CACHE ??= path.join(packageRoot(), 'node_modules', '.cache', 'compiled');
  return () => removeOwnTree(folder);
}
