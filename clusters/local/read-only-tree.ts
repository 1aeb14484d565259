/**
 * The machine's files as a node may use them: all of them read-only, but for the cluster's own folders. Made inside the
 * node's mount namespace, so the machine itself sees nothing of it.
 */
import { readFile } from 'node:fs/promises';
import { runProgram } from '../../harness/process/run-program.ts';

interface MountPoint {
  readonly path: string;
  /** Of this mount, such as `rw,nosuid,relatime`. */
  readonly options: readonly string[];
}

/** From the text of /proc/self/mountinfo, in the order in which they were made. */
export function mountPoints(mountinfo: string): MountPoint[] {
  return mountinfo
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '))
    .map((fields) => ({ path: unescaped(fields[4] ?? ''), options: (fields[5] ?? '').split(',') }));
}

/** Space, tab, newline and backslash are written as `\040` and so on. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Mounts to make read-only: all that are writable, but for those at or below one of `writable`. */
export function toProtect(mounts: readonly MountPoint[], writable: readonly string[]): MountPoint[] {
  return mounts.filter(
    ({ path, options }) =>
      options.includes('rw') && !writable.some((each) => path === each || path.startsWith(`${each}/`)),
  );
}

/**
 * @param own folders that stay writable; each becomes a mount of its own, where it does not lie in one of `apart`
 * @param apart mount points that the node has of its own
 * @throws ProgramError when the root itself cannot be made read-only
 */
export async function makeTreeReadOnly(own: readonly string[], apart: readonly string[]): Promise<void> {
  for (const folder of own.filter((each) => !apart.some((kept) => each.startsWith(`${kept}/`))))
    await runProgram(['mount', '--rbind', folder, folder]);
  const mounts = toProtect(mountPoints(await readFile('/proc/self/mountinfo', 'utf8')), [...own, ...apart]);
  for (const { path, options } of mounts) {
    // a user namespace may not drop what its creator set, so every option is said again
    const same = options.filter((option) => /^(nosuid|nodev|noexec|noatime|nodiratime|relatime)$/.test(option));
    const order = ['remount', 'bind', 'ro', ...same].join(',');
    await runProgram(['mount', '--no-canonicalize', '-o', order, path]).catch((error: unknown) => {
      // what another mount covers cannot be reached, for writing neither
      if (path === '/') throw error;
    });
  }
}
