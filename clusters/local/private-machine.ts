/**
 * For tests: a program on a machine that lacks something. Files are hidden or replaced in a mount namespace of its own,
 * so the machine itself stays as it is; an unprivileged user is one of the replaced /etc/passwd only. Needs root.
 */
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../harness/process/package-root.ts';

export interface PrivateMachine {
  /** A folder of the test's own that lives as long as the test. */
  readonly scratch: string;
  /** The cache of built programs of whoever runs the test, wherever the environment puts it; it is not written to. */
  readonly builtPrograms: string;
  /** Programs that are not there. */
  readonly hidden?: readonly string[];
  /** Runs as this user and not as root; a range of ids makes user namespaces with more than one id possible. */
  readonly user?: { readonly uid: number; readonly withRange: boolean };
  /** Folders with programs, instead of PATH. */
  readonly searchPath?: string;
  /** The cache of built programs may be read only. */
  readonly sealedCache?: boolean;
  /** Size of the disk that the cache of built programs is on; undefined: this machine's own cache. */
  readonly cacheBytes?: number;
}

const NAME = 'canaryproof-tester';

/** Runs inside the mount namespace, before the program: only mounts, in the given order. */
const MOUNT_AND_RUN = `
const { execFileSync, spawnSync } = require('node:child_process');
const { mounts, owned, argv } = JSON.parse(process.argv[1]);
for (const args of mounts) execFileSync('mount', args);
for (const [folder, uid] of owned) require('node:fs').chownSync(folder, uid, uid);
const { status } = spawnSync(argv[0], argv.slice(1), { stdio: 'inherit' });
process.exit(status ?? 1);
`;

/** Runs `canaryproof ARGS` there and returns its exit code and all it said. */
export async function runOnPrivateMachine(machine: PrivateMachine, program: readonly string[]) {
  const { scratch, hidden = [], user, cacheBytes, sealedCache = false } = machine;
  const [home, checkout, cache] = ['home', 'checkout', 'cache'].map((name) => path.join(scratch, name)) as [
    string,
    string,
    string,
  ];
  const layers = ['upper', 'work'].map((name) => path.join(scratch, name)) as [string, string];
  for (const folder of [home, checkout, cache, ...layers]) await mkdir(folder, { recursive: true });
  await chmod(scratch, 0o755);
  const files: Record<string, string> = {};
  const owned: [string, number][] = [];
  if (user) {
    await chown(home, user.uid, user.uid);
    // folders only: a changed owner of a file would copy the whole file into the upper layer
    const writable = ['', 'components', 'logs', 'workload'].map((folder) => path.join(cache, folder));
    if (!sealedCache) owned.push(...writable.map((folder): [string, number] => [folder, user.uid]));
    files['/etc/passwd'] = `root:x:0:0::/root:/bin/sh\n${NAME}:x:${user.uid}:${user.uid}::${home}:/bin/sh\n`;
    files['/etc/subuid'] = user.withRange ? `${NAME}:300000:65536\n` : '';
    files['/etc/subgid'] = files['/etc/subuid'];
  }
  const mounts: string[][] = [['--bind', packageRoot(), checkout]];
  if (cacheBytes === undefined) {
    await mkdir(machine.builtPrograms, { recursive: true });
    mounts.push(overlay(machine.builtPrograms, layers, cache));
  } else mounts.push(['-t', 'tmpfs', '-o', `size=${cacheBytes},mode=0755`, 'tmpfs', cache]);
  // all of /etc and not its files one by one: a user namespace may not overlay a folder with mounts inside
  const etc = ['etc-upper', 'etc-work'].map((name) => path.join(scratch, name)) as [string, string];
  for (const folder of etc) await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(etc[0], path.basename(file)), text);
  mounts.push(overlay('/etc', etc, '/etc'));
  for (const file of hidden) mounts.push(['--bind', '/dev/null', file]);
  const drop = user
    ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.uid}`, '--clear-groups', '--inh-caps=-all', '--']
    : [];
  const node = process.execPath.replace(packageRoot(), checkout);
  const argv = [...drop, node, ...program.map((word) => word.replace(packageRoot(), checkout))];
  return execa(
    'unshare',
    ['-m', '--propagation', 'private', process.execPath, '-e', MOUNT_AND_RUN, JSON.stringify({ mounts, owned, argv })],
    {
      cwd: scratch,
      env: {
        HOME: home,
        USER: user ? NAME : 'root',
        CI: 'true',
        CANARYPROOF_CACHE: cache,
        ...(machine.searchPath === undefined ? {} : { PATH: machine.searchPath }),
        XDG_STATE_HOME: path.join(home, 'state'),
      },
      reject: false,
      all: true,
    },
  );
}

function overlay(lower: string, [upper, work]: readonly [string, string], at: string): string[] {
  return ['-t', 'overlay', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, at];
}
