/**
 * What a local cluster needs of the machine: looked at before anything is started. Missing system packages are
 * installed where that may be done (root on Debian or Ubuntu), saying so; elsewhere the command is named.
 */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import { runProgram } from '../../harness/process/run-program.ts';

export interface Requirement {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly found: string;
  readonly fix?: string;
}

/** Program -> Debian package that brings it. */
const SYSTEM_PROGRAMS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  iptables: 'iptables',
  'iptables-restore': 'iptables',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  mount: 'mount',
  git: 'git',
  conntrack: 'conntrack',
};

export async function findProgram(name: string, searchPath = process.env.PATH ?? ''): Promise<string | undefined> {
  // a plain user's PATH often lacks the administrator's folders, where ip and iptables are
  for (const folder of [...searchPath.split(path.delimiter), '/usr/sbin', '/sbin'].filter(Boolean)) {
    const file = path.join(folder, name);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

export async function missingPackages(): Promise<readonly string[]> {
  const missing = new Set<string>();
  for (const [program, debianPackage] of Object.entries(SYSTEM_PROGRAMS))
    if ((await findProgram(program)) === undefined) missing.add(debianPackage);
  return [...missing];
}

const isRoot = (): boolean => process.getuid?.() === 0;

async function fileExists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Root, or a user namespace with a range of user ids; the namespaces are tried, because distributions differ. */
async function examinePrivileges(): Promise<Requirement> {
  const name = 'privileges';
  if (isRoot()) return { name, state: 'ok', found: 'root' };
  const attempt = await runProgram([
    'unshare',
    ...ROOTLESS_MAPPING,
    '-n',
    '-m',
    '-p',
    '-f',
    '--mount-proc',
    'true',
  ]).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message.split('\n').at(-1) : String(error)),
  );
  if (attempt === undefined)
    return { name, state: 'ok', found: `user ${process.getuid?.()} with a user namespace and a range of user ids` };
  return {
    name,
    state: 'failed',
    found: `user ${process.getuid?.()} cannot make the namespaces it needs (${attempt})`,
    fix: 'run with sudo; or: apt-get install -y uidmap, a range for this user in /etc/subuid and /etc/subgid, and user namespaces allowed by the kernel (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns)',
  };
}

/** How a user without privileges gets namespaces of their own: root inside, a range of user ids mapped. */
export const ROOTLESS_MAPPING = ['--map-root-user', '--map-auto'] as const;

/** Every requirement with its state; nothing is changed. */
export async function examineLocalCluster(): Promise<readonly Requirement[]> {
  const missing = await missingPackages();
  const install = `apt-get install -y ${missing.join(' ')}`;
  return [
    process.platform === 'linux'
      ? { name: 'operating system', state: 'ok', found: `linux ${process.arch}` }
      : {
          name: 'operating system',
          state: 'failed',
          found: process.platform,
          fix: 'Local clusters need Linux namespaces; use a Linux machine or virtual machine.',
        },
    await examinePrivileges(),
    missing.length === 0
      ? { name: 'system programs', state: 'ok', found: Object.keys(SYSTEM_PROGRAMS).join(', ') }
      : { name: 'system programs', state: 'failed', found: `missing packages: ${missing.join(', ')}`, fix: install },
    (await fileExists('/proc/sys/net/bridge/bridge-nf-call-iptables'))
      ? { name: 'bridge filtering', state: 'ok', found: 'br_netfilter is there' }
      : {
          name: 'bridge filtering',
          state: 'failed',
          found: 'the kernel module br_netfilter is not loaded',
          fix: 'modprobe br_netfilter',
        },
  ];
}

/**
 * Installs missing system packages where it may, then checks every requirement.
 * @throws HarnessError LOCAL_CLUSTER_IMPOSSIBLE naming all that is missing and the commands that would help
 */
export async function requireLocalCluster(progress: Progress): Promise<void> {
  const missing = await missingPackages();
  if (missing.length > 0 && isRoot() && (await findProgram('apt-get')) !== undefined) {
    const step = progress.step(`installing system packages ${missing.join(', ')} with apt-get`);
    const apt = (...args: string[]) =>
      runProgram(['apt-get', '-qq', ...args], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    await apt('update')
      .then(() => apt('install', '-y', '--no-install-recommends', ...missing))
      .then(
        () => step.done(),
        // the check below says what is still missing and how to get it
        () => step.fail('apt-get failed'),
      );
  }
  const failed = (await examineLocalCluster()).filter((requirement) => requirement.state === 'failed');
  if (failed.length === 0) return;
  throw environmentError(
    'LOCAL_CLUSTER_IMPOSSIBLE',
    `this machine cannot run a local cluster: ${failed.map(({ name, found }) => `${name}: ${found}`).join('; ')}`,
    {
      hint: failed
        .map(({ fix }) => fix)
        .filter(Boolean)
        .join('; '),
    },
  );
}
