/** Messages for tests, as proto-loader gives them: everything unset has its default. */
import type {
  ContainerConfig,
  LinuxContainerResources,
  LinuxContainerSecurityContext,
  PodSandboxConfig,
} from './cri-messages.ts';

export function securityContext(parts: Partial<LinuxContainerSecurityContext> = {}): LinuxContainerSecurityContext {
  return {
    capabilities: null,
    privileged: false,
    namespaceOptions: null,
    selinuxOptions: null,
    runAsUser: null,
    runAsGroup: null,
    runAsUsername: '',
    readonlyRootfs: false,
    supplementalGroups: [],
    noNewPrivs: false,
    maskedPaths: [],
    readonlyPaths: [],
    seccomp: null,
    apparmor: null,
    ...parts,
  };
}

export function resources(parts: Partial<LinuxContainerResources> = {}): LinuxContainerResources {
  return {
    cpuPeriod: '0',
    cpuQuota: '0',
    cpuShares: '2',
    memoryLimitInBytes: '0',
    oomScoreAdj: '1000',
    cpusetCpus: '',
    hugepageLimits: [],
    ...parts,
  };
}

export function containerConfig(parts: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    metadata: { name: 'app', attempt: 0 },
    image: { image: 'shell', userSpecifiedImage: 'shell' },
    command: [],
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    devices: [],
    labels: {},
    annotations: {},
    logPath: 'app/0.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: null,
    stopSignal: 'RUNTIME_DEFAULT',
    ...parts,
  };
}

export function sandboxConfig(parts: Partial<PodSandboxConfig> = {}): PodSandboxConfig {
  return {
    metadata: { name: 'pod', uid: 'uid', namespace: 'default', attempt: 0 },
    hostname: 'pod',
    logDirectory: '',
    dnsConfig: null,
    portMappings: [],
    labels: {},
    annotations: {},
    linux: null,
    ...parts,
  };
}

export const PRIVATE_NAMESPACES = {
  network: 'POD',
  pid: 'CONTAINER',
  ipc: 'POD',
  targetId: '',
  usernsOptions: null,
} as const;
