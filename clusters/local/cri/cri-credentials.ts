/** Who a container's program runs as: user, groups and capabilities, as Kubernetes and container engines resolve them. */
import type { CatalogueEntry } from './cri-catalogue.ts';
import type { LinuxContainerSecurityContext } from './cri-messages.ts';

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** The bounding set: the only capabilities the container can ever hold. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
}

/** What container engines grant by default, without CAP_MKNOD: device nodes here would be the host's. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/** Never granted, not even to a privileged container: they reach the whole machine, not the container. */
const WITHHELD_CAPABILITIES: ReadonlySet<string> = new Set([
  'CAP_AUDIT_CONTROL',
  'CAP_MAC_ADMIN',
  'CAP_MAC_OVERRIDE',
  'CAP_MKNOD',
  'CAP_SYSLOG',
  'CAP_SYS_BOOT',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_TIME',
]);

/**
 * Withheld too where ids are not mapped, so that root in a container is the machine's root: with these it could mount
 * the machine's disks, look into the node's processes, or open files by handle.
 */
const WITHHELD_FROM_ROOT: ReadonlySet<string> = new Set([
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
  'CAP_DAC_READ_SEARCH',
  'CAP_LINUX_IMMUTABLE',
  'CAP_PERFMON',
  'CAP_SYS_ADMIN',
  'CAP_SYS_PTRACE',
  'CAP_SYS_TTY_CONFIG',
]);

/** @param uidMap text of /proc/self/uid_map; the first user namespace maps every id to itself */
export function grantableCapabilities(available: readonly string[], uidMap: string): readonly string[] {
  const isMachinesRoot = /^\s*0\s+0\s/.test(uidMap);
  return isMachinesRoot ? available.filter((name) => !WITHHELD_FROM_ROOT.has(name)) : available;
}

/** `net_admin`, `NET_ADMIN` and `CAP_NET_ADMIN` are one name. */
export function capabilityName(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith('CAP_') || upper === 'ALL' ? upper : `CAP_${upper}`;
}

/**
 * The bounding set a manifest asks for: the default, `add` added, `drop` dropped, ALL meaning all; an added name wins
 * over drop ALL and a dropped name over add ALL.
 * @param available what this machine can grant at all
 */
export function boundingSet(
  security: Pick<LinuxContainerSecurityContext, 'capabilities' | 'privileged'> | null,
  available: readonly string[],
): string[] {
  const grantable = available.filter((name) => !WITHHELD_CAPABILITIES.has(name));
  if (security?.privileged) return grantable;
  const add = (security?.capabilities?.addCapabilities ?? []).map(capabilityName);
  const drop = (security?.capabilities?.dropCapabilities ?? []).map(capabilityName);
  const wanted = new Set(add.includes('ALL') ? grantable : DEFAULT_CAPABILITIES);
  if (drop.includes('ALL')) wanted.clear();
  for (const name of add) wanted.add(name);
  for (const name of drop) wanted.delete(name);
  return grantable.filter((name) => wanted.has(name));
}

/** A manifest's user wins over the image's; a group comes from the manifest, else from the image if its user was kept. */
export function resolveCredentials(
  security: LinuxContainerSecurityContext | null,
  image: CatalogueEntry,
  available: readonly string[],
): Credentials {
  const imageUid = image.uid ?? '0';
  const uid = security?.runAsUser?.value ?? imageUid;
  const gid = security?.runAsGroup?.value ?? (uid === imageUid ? (image.gid ?? '0') : '0');
  return {
    uid: Number(uid),
    gid: Number(gid),
    groups: [...new Set((security?.supplementalGroups ?? []).map(Number))],
    capabilities: boundingSet(security, available),
    noNewPrivileges: security?.noNewPrivs ?? false,
  };
}
