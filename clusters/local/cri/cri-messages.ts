/**
 * The parts of the CRI's messages that this runtime reads, as proto-loader gives them: camel case, 64-bit integers as
 * decimal strings, enums by name, absent messages null, absent lists empty.
 */

interface Int64Value {
  readonly value: string;
}

type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';

export interface NamespaceOption {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly targetId: string;
  readonly usernsOptions: { readonly mode: NamespaceMode } | null;
}

interface SecurityProfile {
  readonly profileType: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef: string;
}

interface SelinuxOption {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

interface PortMapping {
  readonly protocol: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

export type Labels = Readonly<Record<string, string>>;

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dnsConfig: { readonly servers: string[]; readonly searches: string[]; readonly options: string[] } | null;
  readonly portMappings: readonly PortMapping[];
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly linux: {
    readonly securityContext: { readonly namespaceOptions: NamespaceOption | null } | null;
    readonly sysctls: Labels;
  } | null;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'PROPAGATION_PRIVATE' | 'PROPAGATION_HOST_TO_CONTAINER' | 'PROPAGATION_BIDIRECTIONAL';
  readonly recursiveReadOnly: boolean;
  readonly image: { readonly image: string } | null;
}

export interface LinuxContainerSecurityContext {
  readonly capabilities: { readonly addCapabilities: string[]; readonly dropCapabilities: string[] } | null;
  readonly privileged: boolean;
  readonly namespaceOptions: NamespaceOption | null;
  readonly selinuxOptions: SelinuxOption | null;
  readonly runAsUser: Int64Value | null;
  readonly runAsGroup: Int64Value | null;
  readonly runAsUsername: string;
  readonly readonlyRootfs: boolean;
  readonly supplementalGroups: readonly string[];
  readonly noNewPrivs: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp: SecurityProfile | null;
  readonly apparmor: SecurityProfile | null;
}

export interface LinuxContainerResources {
  readonly cpuPeriod: string;
  readonly cpuQuota: string;
  readonly cpuShares: string;
  readonly memoryLimitInBytes: string;
  readonly oomScoreAdj: string;
  readonly cpusetCpus: string;
  readonly hugepageLimits: readonly { readonly pageSize: string; readonly limit: string }[];
}

interface ContainerMetadata {
  readonly name: string;
  readonly attempt: number;
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata;
  readonly image: { readonly image: string; readonly userSpecifiedImage: string };
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly {
    readonly containerPath: string;
    readonly hostPath: string;
    readonly permissions: string;
  }[];
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly linux: {
    readonly resources: LinuxContainerResources | null;
    readonly securityContext: LinuxContainerSecurityContext | null;
  } | null;
  readonly stopSignal: string;
}

export interface ObjectFilter {
  readonly id: string;
  readonly podSandboxId?: string;
  readonly state?: { readonly state: string } | null;
  readonly labelSelector: Labels;
}
