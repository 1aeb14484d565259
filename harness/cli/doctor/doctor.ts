/** What `doctor` looks at; nothing is changed and nothing is built. */
import { readFile, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { defaultCacheDirectory } from '../../../clusters/toolchain/cache-layout.ts';
import { HarnessError } from '../../errors/harness-error.ts';
import { findK6 } from '../compose/find-k6.ts';
import type { World } from '../world.ts';
import type { DoctorCheck } from './doctor-check.ts';

const GIB = 1024 ** 3;
const EVERY_VERB = 'every verb';
const LOAD = 'assert-split and conform';
const LOCAL = 'local clusters (conform, up)';

/** Every check, in the order of the table; what is missing or cannot be asked is a check's state and no error. */
export async function examine(world: World): Promise<readonly DoctorCheck[]> {
  const groups = await Promise.all([
    nodeCheck(world),
    machineChecks(world),
    diskChecks(world),
    openFilesCheck(),
    k6Check(world),
    localClusterChecks(),
    realClusterChecks(),
    buildChecks(world),
  ]);
  return groups.flat();
}

function nodeCheck({ host }: World): DoctorCheck[] {
  return [{ name: 'node', state: 'ok', found: `Node ${host.nodeVersion} on ${host.system}`, neededFor: EVERY_VERB }];
}

function machineChecks({ host }: World): DoctorCheck[] {
  const memoryGib = host.memoryBytes / GIB;
  return [
    {
      name: 'processors',
      state: host.cpus >= 2 ? 'ok' : 'warning',
      found: `${host.cpus}`,
      neededFor: LOCAL,
      ...(host.cpus >= 2 ? {} : { fix: 'Use a machine with 2 or more; on one, load and cluster disturb each other.' }),
    },
    {
      name: 'memory',
      state: memoryGib >= 4 ? 'ok' : 'warning',
      found: `${memoryGib.toFixed(1)} GiB`,
      neededFor: LOCAL,
      ...(memoryGib >= 4 ? {} : { fix: 'Use a machine with 4 GiB or more.' }),
    },
  ];
}

async function diskChecks(world: World): Promise<DoctorCheck[]> {
  const cache = defaultCacheDirectory(world.env, homedir());
  const [cacheFree, runsFree] = await Promise.all([freeAt(cache), freeAt(world.cwd)]);
  return [
    {
      name: 'disk for built programs',
      state: cacheFree >= 12 * GIB ? 'ok' : cacheFree >= 3 * GIB ? 'warning' : 'failed',
      found: `${(cacheFree / GIB).toFixed(1)} GiB free at ${cache}`,
      neededFor: LOCAL,
      ...(cacheFree >= 12 * GIB
        ? {}
        : { fix: 'The first build takes about 12 GiB for a while, 2 GiB stay: free some, or set CANARYPROOF_CACHE.' }),
    },
    {
      name: 'disk for runs',
      state: runsFree >= GIB ? 'ok' : runsFree >= 0.1 * GIB ? 'warning' : 'failed',
      found: `${(runsFree / GIB).toFixed(1)} GiB free at ${world.cwd}`,
      neededFor: LOAD,
      ...(runsFree >= GIB ? {} : { fix: 'Free some space, or put runs elsewhere with --run-dir.' }),
    },
  ];
}

/** Free bytes at a path, or at its nearest folder that exists. */
async function freeAt(directory: string): Promise<number> {
  for (let at = directory; ; at = path.dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found) return found.bavail * found.bsize;
    if (at === path.dirname(at)) return 0;
  }
}

/** Each virtual user holds a connection. */
async function openFilesCheck(): Promise<DoctorCheck[]> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  if (hard === undefined) return [];
  const enough = hard === 'unlimited' || Number(hard) >= 4096;
  return [
    {
      name: 'open files',
      state: enough ? 'ok' : 'warning',
      found: `at most ${hard} for each program`,
      neededFor: LOAD,
      ...(enough ? {} : { fix: 'ulimit -Hn 65536, or raise nofile in /etc/security/limits.conf.' }),
    },
  ];
}

async function k6Check(world: World): Promise<DoctorCheck[]> {
  const base = { name: 'k6', neededFor: LOAD };
  try {
    const found = await findK6(world.env, undefined);
    return [
      {
        ...base,
        state: 'ok',
        found: found
          ? `${found.version} at ${found.path} (${found.origin})`
          : 'no k6 2.x on PATH; the pinned one is built when it is first needed (Python with pip and internet access)',
      },
    ];
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return [{ ...base, state: 'failed', found: error.message, ...(error.hint ? { fix: error.hint } : {}) }];
  }
}

/** A machine that cannot run a local cluster can still judge URLs: what is missing is a warning here. */
async function localClusterChecks(): Promise<DoctorCheck[]> {
  const { examineLocalCluster } = await import('../../../clusters/local/preflight.ts');
  const requirements = await examineLocalCluster();
  return requirements.map(({ name, state, found, fix }) => ({
    name,
    state,
    found,
    neededFor: LOCAL,
    ...(fix === undefined ? {} : { fix }),
  }));
}

async function realClusterChecks(): Promise<DoctorCheck[]> {
  return (await import('./doctor-real-clusters.ts')).realClusterChecks();
}

/** What building the pinned programs needs; nothing is missing when they are built already. */
async function buildChecks(world: World): Promise<DoctorCheck[]> {
  const [{ missingPrerequisites }, { CATALOGUE }] = await Promise.all([
    import('../../../clusters/toolchain/build/prerequisites.ts'),
    import('../../../clusters/toolchain/catalogue/catalogue.ts'),
  ]);
  const wanted = CATALOGUE.filter(({ component }) => component !== 'argo-rollouts');
  const missing = await missingPrerequisites(defaultCacheDirectory(world.env, homedir()), wanted);
  const base = { name: 'building programs', neededFor: 'the first run (programs are built once)' };
  if (missing.length === 0) return [{ ...base, state: 'ok', found: 'Python with pip, and room for the build' }];
  return missing.map(({ problem, hint }) => ({ ...base, state: 'warning', found: problem, fix: hint }));
}
