/** From a CRI container configuration and a catalogue entry to the process and root file system to start: pure. */
import path from 'node:path';
import type { CatalogueEntry } from './cri-catalogue.ts';
import { type Credentials, resolveCredentials } from './cri-credentials.ts';
import type { ContainerConfig, NamespaceOption } from './cri-messages.ts';

export interface ProcessPlan {
  readonly argv: readonly string[];
  /** NAME=VALUE; nothing of the host's environment is in it. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly terminal: boolean;
  readonly credentials: Credentials;
}

interface PlannedMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

export interface RootPlan {
  readonly readOnly: boolean;
  readonly mounts: readonly PlannedMount[];
  readonly maskedPaths: readonly string[];
  readonly readOnlyPaths: readonly string[];
  readonly writableNetSysctls: boolean;
  readonly sharedMemory: string;
  readonly hostDevices: readonly PlannedMount[];
}

/** What a container takes over from its sandbox. */
export interface SandboxSurroundings {
  readonly hostname: string;
  /** Holds resolv.conf and hostname. */
  readonly directory: string;
  readonly sharedMemory: string;
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `command` replaces the image's entrypoint and cmd, `args` alone replaces its cmd (Kubernetes' table). */
export function commandLine(config: Pick<ContainerConfig, 'command' | 'args'>, image: CatalogueEntry): string[] {
  if (config.command.length > 0) return [...config.command, ...config.args];
  const args = config.args.length > 0 ? config.args : (image.cmd ?? []);
  return [...(image.entrypoint ?? []), ...args];
}

/** The image's variables over ours, the manifest's over both. */
export function environment(
  config: Pick<ContainerConfig, 'envs'>,
  image: CatalogueEntry,
  base: { readonly hostname: string; readonly uid: number },
): string[] {
  const variables = new Map<string, string>([
    ['PATH', DEFAULT_PATH],
    ['HOME', base.uid === 0 ? '/root' : '/'],
    ...(base.hostname === '' ? [] : [['HOSTNAME', base.hostname] as const]),
    ...Object.entries(image.env ?? {}),
    ...config.envs.map(({ key, value }) => [key, value] as const),
  ]);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

export function planProcess(
  config: ContainerConfig,
  image: CatalogueEntry,
  sandbox: SandboxSurroundings,
  availableCapabilities: readonly string[],
): ProcessPlan {
  const credentials = resolveCredentials(config.linux?.securityContext ?? null, image, availableCapabilities);
  return {
    argv: commandLine(config, image),
    env: environment(config, image, { hostname: sandbox.hostname, uid: credentials.uid }),
    cwd: config.workingDir || image.workingDir || '/',
    terminal: config.tty,
    credentials,
  };
}

/** The image's files, then the pod's own /etc files, then the manifest's volumes, a parent before what lies in it. */
export function planRoot(config: ContainerConfig, image: CatalogueEntry, sandbox: SandboxSurroundings): RootPlan {
  const security = config.linux?.securityContext ?? null;
  const granted = (security?.capabilities?.addCapabilities ?? []).map((name) =>
    name.toUpperCase().replace(/^CAP_/, ''),
  );
  const imageFiles = Object.entries(image.files ?? {}).map(([containerPath, hostPath]) => ({
    hostPath,
    containerPath,
    readOnly: true,
  }));
  const podFiles = [
    { hostPath: path.join(sandbox.directory, 'resolv.conf'), containerPath: '/etc/resolv.conf', readOnly: false },
    ...(sandbox.hostname === ''
      ? []
      : [{ hostPath: path.join(sandbox.directory, 'hostname'), containerPath: '/etc/hostname', readOnly: false }]),
  ];
  const volumes = config.mounts
    .filter((mount) => mount.image === null || mount.image.image === '')
    .map((mount) => ({ hostPath: mount.hostPath, containerPath: mount.containerPath, readOnly: mount.readonly }));
  const byDepth = (left: PlannedMount, right: PlannedMount) => depth(left.containerPath) - depth(right.containerPath);
  return {
    readOnly: security?.readonlyRootfs ?? false,
    mounts: [...imageFiles.sort(byDepth), ...podFiles, ...volumes.sort(byDepth)],
    maskedPaths: security?.maskedPaths ?? [],
    readOnlyPaths: security?.readonlyPaths ?? [],
    writableNetSysctls: (security?.privileged ?? false) || granted.includes('NET_ADMIN') || granted.includes('ALL'),
    sharedMemory: sandbox.sharedMemory,
    hostDevices: config.devices.map(({ hostPath, containerPath, permissions }) => ({
      hostPath,
      containerPath,
      readOnly: !permissions.includes('w'),
    })),
  };
}

function depth(containerPath: string): number {
  return path.posix.normalize(containerPath).split('/').filter(Boolean).length;
}

/** `own`, `pod`, `node`, or the id of the container whose processes are to be shared (kubectl debug). */
export function pidNamespaceOf(options: NamespaceOption | null): string {
  switch (options?.pid) {
    case 'POD':
      return 'pod';
    case 'NODE':
      return 'node';
    case 'TARGET':
      return options.targetId;
    default:
      return 'own';
  }
}

/** The text of a pod's /etc/resolv.conf. */
export function resolverConfiguration(
  dns: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  } | null,
): string {
  const lines = (dns?.servers ?? []).map((server) => `nameserver ${server}`);
  if (dns?.searches.length) lines.push(`search ${dns.searches.join(' ')}`);
  if (dns?.options.length) lines.push(`options ${dns.options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}
