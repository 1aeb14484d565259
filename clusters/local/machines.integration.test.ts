/** Machines that are not ours: no root, no range of ids, no apt, no Python, no disk. Each in a mount namespace of its own. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../harness/process/package-root.ts';
import { defaultCacheDirectory } from '../toolchain/cache-layout.ts';
import { findProgram } from './preflight.ts';
import { runOnPrivateMachine } from './private-machine.ts';

const CLI = path.join(packageRoot(), 'harness/cli/main.ts');
const TOOLCHAIN = path.join(packageRoot(), 'clusters/toolchain/main.ts');
const builtPrograms = defaultCacheDirectory(process.env, os.homedir());
const UID = 23_456;
/** Ranges of ids are written by a program of Debian's uidmap, which `npm test` installs where it may. */
const unmapped = (await findProgram('newuidmap')) === undefined;
const needsUidmap = unmapped ? ' (skipped: uidmap is not installed)' : '';
let scratch: string;

/** Everything that the machine of this test still runs. */
const processes = () => {
  const lines = execFileSync('ps', ['-e', '-o', 'args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(scratch));
};

beforeEach(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-machine-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

test.skipIf(unmapped)(
  `without root, but with a range of ids: the mesh comes up, and down leaves nothing${needsUidmap}`,
  // longer than the program's own limit, whose message says more
  { timeout: 420_000 },
  async () => {
    const user = { uid: UID, withRange: true };
    const up = await runOnPrivateMachine({ scratch, builtPrograms, user }, [
      CLI,
      'up',
      '--name',
      'rootless',
      '--addon',
      'istio',
    ]);
    expect(up.exitCode, up.all).toBe(0);
    expect(processes().length).toBeGreaterThan(5);
    const down = await runOnPrivateMachine({ scratch, builtPrograms, user }, [CLI, 'down', '--name', 'rootless']);
    expect(down.exitCode, down.all).toBe(0);
    expect(processes()).toEqual([]);
    expect(await readdir(path.join(scratch, 'home/state/canaryproof/clusters'))).toEqual([]);
  },
);

test('without root and without a range of ids: says so and what would help, and starts nothing', async () => {
  const user = { uid: UID, withRange: false };
  const up = await runOnPrivateMachine({ scratch, builtPrograms, user }, [
    CLI,
    'up',
    '--name',
    'nobody',
    '--addon',
    'dns',
  ]);
  expect(up.exitCode, up.all).toBe(3);
  expect(up.all).toContain('LOCAL_CLUSTER_IMPOSSIBLE');
  expect(up.all).toMatch(/\/etc\/subuid/);
  expect(processes()).toEqual([]);
});

test('without a system program and without apt: names the package', async () => {
  const found = [await findProgram('conntrack'), await findProgram('apt-get')];
  // where one is missing anyway there is nothing to hide
  const hidden = found.filter((program) => program !== undefined);
  const up = await runOnPrivateMachine({ scratch, builtPrograms, hidden }, [
    CLI,
    'up',
    '--name',
    'bare',
    '--addon',
    'dns',
  ]);
  expect(up.exitCode, up.all).toBe(3);
  expect(up.all).toContain('LOCAL_CLUSTER_IMPOSSIBLE');
  expect(up.all).toContain('apt-get install -y conntrack');
});

test('a cold build without room: both figures, and nothing is left on the disk', async () => {
  const build = await runOnPrivateMachine({ scratch, builtPrograms, cacheBytes: 64 * 1024 ** 2 }, [
    TOOLCHAIN,
    'ensure',
    'etcd',
  ]);
  expect(build.exitCode, build.all).toBe(3);
  expect(build.all).toMatch(/DISK_TOO_SMALL: building needs about [\d.]+ GiB .*, 0\.1 GiB are free/);
});

test('a cold build without Python: says what to install', async () => {
  const programs = path.join(scratch, 'programs');
  await mkdir(programs);
  for (const name of ['mount', 'unshare', 'git', 'du', 'tar', 'rm'])
    await symlink((await findProgram(name)) ?? '', path.join(programs, name));
  const machine = { scratch, builtPrograms, searchPath: programs, cacheBytes: 8 * 1024 ** 3 };
  const build = await runOnPrivateMachine(machine, [TOOLCHAIN, 'ensure', 'etcd']);
  expect(build.exitCode, build.all).toBe(3);
  expect(build.all).toContain('TOOLCHAIN_NO_PROGRAM');
  expect(build.all).toContain('apt-get install -y python3 python3-pip');
});

test.skipIf(unmapped)(
  `a cache that may not be written: says where and what else could be done${needsUidmap}`,
  async () => {
    const user = { uid: UID, withRange: true };
    const up = await runOnPrivateMachine({ scratch, builtPrograms, user, sealedCache: true }, [
      CLI,
      'up',
      '--name',
      'sealed',
    ]);
    expect(up.exitCode, up.all).toBe(3);
    expect(up.all).toMatch(/not be written|NOT_WRIT/);
    expect(processes()).toEqual([]);
  },
);
