/**
 * Private mounts and network of a node, made inside its own namespaces: all of it goes with the namespaces.
 * The host's files stay as they are: what programs write to fixed paths lands in overlays or on tmpfs.
 */
import { constants } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../harness/process/run-program.ts';
import { ADDRESSES } from './addresses.ts';
import { HOST_PATHS } from './host-paths.ts';
import { makeTreeReadOnly } from './read-only-tree.ts';

/** Host-wide settings that a kubelet running as root writes; each is hidden behind a file of its own. */
const MASKED_SYSCTLS: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

const OVERLAID = ['/var/log', '/var/lib'];

export interface NodeMounts {
  /** tmpfs that holds the overlays' upper directories and everything else that dies with the node. */
  readonly volatile: string;
}

/**
 * @param volatileDirectory an empty directory to mount the tmpfs on, in the cluster's folder for sockets
 * @param clusterDirectory the cluster's folder for everything else
 * @throws ProgramError when the kernel refuses a mount
 */
export async function mountNode(
  volatileDirectory: string,
  clusterDirectory: string,
  rootless: boolean,
): Promise<NodeMounts> {
  const mount = (...args: string[]) => runProgram(['mount', ...args]);
  await mount('--make-rprivate', '/');
  const sockets = path.dirname(volatileDirectory);
  // the machine's /run, with its daemons' sockets, is not the node's
  await coverBut([sockets, clusterDirectory], ['/run'], async () => {
    await mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run');
  });
  await mount('-t', 'tmpfs', 'tmpfs', volatileDirectory);
  await Promise.all(['/run/netns', '/run/lock'].map((d) => mkdir(d, { recursive: true })));
  // kubelet hard-codes /var/log/containers and /var/lib/kubelet/device-plugins
  await coverBut([sockets, clusterDirectory], OVERLAID, async () => {
    for (const directory of OVERLAID) {
      const key = directory.replaceAll('/', '-');
      const [upper, work] = [path.join(volatileDirectory, `upper${key}`), path.join(volatileDirectory, `work${key}`)];
      await Promise.all([mkdir(upper), mkdir(work)]);
      const overlay = `lowerdir=${directory},upperdir=${upper},workdir=${work}`;
      // under a user namespace a lower directory with locked submounts cannot be overlaid: an empty tmpfs does as well
      await mount('-t', 'overlay', 'overlay', '-o', overlay, directory).catch(() =>
        mount('-t', 'tmpfs', 'tmpfs', directory),
      );
    }
  });
  await Promise.all(['/var/log/containers', '/var/lib/kubelet'].map((d) => mkdir(d, { recursive: true })));
  if (!rootless)
    for (const [name, value] of Object.entries(MASKED_SYSCTLS)) {
      const mask = path.join('/run', `sysctl-${name.replaceAll('/', '-')}`);
      await writeFile(mask, `${value}\n`);
      await mount('--bind', mask, `/proc/sys/${name}`);
    }
  // the kubelet looks for a cgroup file system; a private empty one keeps it off the host's. Without privileges it may
  // be refused, and then the host's stays visible, which such a user can read but not change
  await mount('-t', 'cgroup2', 'none', '/sys/fs/cgroup').catch(() =>
    rootless ? undefined : mount('-t', 'tmpfs', 'tmpfs', '/sys/fs/cgroup'),
  );
  await giveHostPaths(path.join(volatileDirectory, 'host-path'));
  await mkdir(path.join(volatileDirectory, 'tmp'), { mode: 0o700 });
  await makeTreeReadOnly([sockets, clusterDirectory], ['/run', '/proc', '/sys/fs/cgroup', ...OVERLAID]);
  return { volatile: volatileDirectory };
}

/**
 * Covers parts of the machine's tree and puts back those of the cluster's own folders that were covered with them. They
 * are held open meanwhile and bound by their handles: their paths are hidden from the moment the cover is there.
 */
async function coverBut(own: readonly string[], covered: readonly string[], cover: () => Promise<void>): Promise<void> {
  const kept = own.filter((folder) => covered.some((each) => folder.startsWith(`${each}/`)));
  const handles = await Promise.all(kept.map((folder) => open(folder, constants.O_RDONLY | constants.O_DIRECTORY)));
  try {
    await cover();
    for (const [index, folder] of kept.entries()) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // not looked up by name: mount(8) would resolve the handle to the hidden path
      const handle = `/proc/${process.pid}/fd/${handles[index]?.fd}`;
      await runProgram(['mount', '--no-canonicalize', '--bind', handle, folder]);
    }
  } finally {
    for (const handle of handles) await handle.close();
  }
}

/** An empty folder of the node, whatever the machine has there. */
async function giveHostPaths(own: string): Promise<void> {
  await Promise.all([own, HOST_PATHS].map((folder) => mkdir(folder, { recursive: true })));
  await runProgram(['mount', '--bind', own, HOST_PATHS]);
}

/** Loopback, the pods' bridge, forwarding, and a route that lets the node itself reach service addresses. */
export async function buildNodeNetwork(): Promise<void> {
  const ip = (...args: string[]) => runProgram(['ip', ...args]);
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', ADDRESSES.bridge, 'type', 'bridge');
  await ip('addr', 'add', ADDRESSES.nodeCidr, 'dev', ADDRESSES.bridge);
  await ip('link', 'set', ADDRESSES.bridge, 'up');
  await ip('route', 'add', ADDRESSES.serviceCidr, 'dev', ADDRESSES.bridge, 'src', ADDRESSES.nodeIp);
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  // without it kube-proxy's rules do not see traffic between two pods on the bridge
  await writeFile('/proc/sys/net/bridge/bridge-nf-call-iptables', '1');
}
