/** What the runtime knows about sandboxes and containers, and how the CRI's messages show it. */
import type { CatalogueEntry } from './cri-catalogue.ts';
import type { ContainerConfig, ObjectFilter, PodSandboxConfig } from './cri-messages.ts';

export interface SandboxRecord {
  readonly id: string;
  readonly config: PodSandboxConfig;
  /** ns since the epoch. */
  readonly createdAt: string;
  /** Empty when the pod uses the node's network. */
  readonly address: string;
  readonly directory: string;
  readonly sharedMemory: string;
  /** How the manifest's owner is named in sentences about it. */
  readonly owner: string;
  state: 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
}

export interface ContainerRecord {
  readonly id: string;
  readonly sandbox: SandboxRecord;
  readonly config: ContainerConfig;
  readonly image: CatalogueEntry;
  readonly logPath: string;
  readonly createdAt: string;
  state: 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED';
  startedAt: string;
  finishedAt: string;
  exitCode: number;
  reason: string;
  message: string;
  /** Its first process, as the runtime sees it; 0 when none runs. */
  pid: number;
  uid: number;
  gid: number;
  groups: readonly number[];
  /** The start, once it was asked for. */
  starting?: Promise<void>;
  /** Settles when the first process has ended. */
  ended: Promise<void>;
  markEnded: () => void;
}

export function nowNs(): string {
  return (BigInt(Date.now()) * 1_000_000n).toString();
}

export function matches(
  filter: ObjectFilter | null | undefined,
  record: { id: string; sandboxId?: string; state: string; labels: Readonly<Record<string, string>> },
): boolean {
  if (!filter) return true;
  if (filter.id && filter.id !== record.id) return false;
  if (filter.podSandboxId && filter.podSandboxId !== record.sandboxId) return false;
  if (filter.state && filter.state.state !== record.state) return false;
  return Object.entries(filter.labelSelector ?? {}).every(([name, value]) => record.labels[name] === value);
}

export function sandboxView(sandbox: SandboxRecord) {
  const { id, state, createdAt, config } = sandbox;
  return {
    id,
    metadata: config.metadata,
    state,
    createdAt,
    labels: config.labels,
    annotations: config.annotations,
    runtimeHandler: '',
  };
}

export function sandboxStatus(sandbox: SandboxRecord) {
  return {
    ...sandboxView(sandbox),
    network: { ip: sandbox.address, additionalIps: [] },
    linux: { namespaces: { options: sandbox.config.linux?.securityContext?.namespaceOptions ?? {} } },
  };
}

/** Local commands have no digest: the reference itself names what runs. */
export function imageReference(image: string): string {
  return image;
}

export function containerView(container: ContainerRecord) {
  const { id, sandbox, config, state, createdAt } = container;
  return {
    id,
    podSandboxId: sandbox.id,
    metadata: config.metadata,
    image: config.image,
    imageRef: imageReference(config.image.image),
    imageId: imageReference(config.image.image),
    state,
    createdAt,
    labels: config.labels,
    annotations: config.annotations,
  };
}

export function containerStatus(container: ContainerRecord) {
  const { config, startedAt, finishedAt, exitCode, reason, message, logPath } = container;
  const started = container.state !== 'CONTAINER_CREATED';
  return {
    ...containerView(container),
    startedAt,
    finishedAt,
    exitCode,
    reason,
    message,
    mounts: config.mounts,
    logPath,
    stopSignal: config.stopSignal,
    resources: config.linux?.resources ? { linux: config.linux.resources } : null,
    user: started
      ? {
          linux: {
            uid: String(container.uid),
            gid: String(container.gid),
            supplementalGroups: container.groups.map(String),
          },
        }
      : null,
  };
}

export function sandboxAttributes(sandbox: SandboxRecord) {
  const { id, config } = sandbox;
  return { id, metadata: config.metadata, labels: config.labels, annotations: config.annotations };
}

export function containerAttributes(container: ContainerRecord) {
  const { id, config } = container;
  return { id, metadata: config.metadata, labels: config.labels, annotations: config.annotations };
}
