/**
 * Private mounts and network of a node, made inside its own namespaces: all of it goes with the namespaces.
 * The host's files stay as they are: what programs write to fixed paths lands in overlays or on tmpfs.
 */
import { constants } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../harness/process/run-program.ts';
import { ADDRESSES } from './addresses.ts';

/** Host-wide settings that a kubelet running as root writes; each is hidden behind a file of its own. */
const MASKED_SYSCTLS: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

export interface NodeMounts {
  /** tmpfs that holds the overlays' upper directories and everything else that dies with the node. */
  readonly volatile: string;
}

/**
 * @param volatileDirectory an empty directory to mount the tmpfs on
 * @throws ProgramError when the kernel refuses a mount
 */
export async function mountNode(volatileDirectory: string, rootless: boolean): Promise<NodeMounts> {
  const mount = (...args: string[]) => runProgram(['mount', ...args]);
  await mount('--make-rprivate', '/');
  await hideRun(path.dirname(volatileDirectory));
  await mount('-t', 'tmpfs', 'tmpfs', volatileDirectory);
  await Promise.all(['/run/netns', '/run/lock'].map((d) => mkdir(d, { recursive: true })));
  // kubelet hard-codes /var/log/containers and /var/lib/kubelet/device-plugins
  for (const directory of ['/var/log', '/var/lib']) {
    const key = directory.replaceAll('/', '-');
    const [upper, work] = [path.join(volatileDirectory, `upper${key}`), path.join(volatileDirectory, `work${key}`)];
    await Promise.all([mkdir(upper), mkdir(work)]);
    const overlay = `lowerdir=${directory},upperdir=${upper},workdir=${work}`;
    // under a user namespace a lower directory with locked submounts cannot be overlaid: an empty tmpfs does as well
    await mount('-t', 'overlay', 'overlay', '-o', overlay, directory).catch(() =>
      mount('-t', 'tmpfs', 'tmpfs', directory),
    );
  }
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
  return { volatile: volatileDirectory };
}

/**
 * An empty /run instead of the host's, with its daemons' sockets; the cluster's own folder stays where it is in both.
 * It is held open meanwhile and bound by its handle: its path is hidden from the moment /run is.
 */
async function hideRun(own: string): Promise<void> {
  const kept = await open(own, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await runProgram(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run']);
    if (!own.startsWith('/run/')) return;
    await mkdir(own, { recursive: true, mode: 0o700 });
    // not looked up by name: mount(8) would resolve the handle to the hidden path
    await runProgram(['mount', '--no-canonicalize', '--bind', `/proc/${process.pid}/fd/${kept.fd}`, own]);
  } finally {
    await kept.close();
  }
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
