/** Containers from creation to removal. */
import { constants } from 'node:os';
import path from 'node:path';
import type { CatalogueEntry } from './cri-catalogue.ts';
import { pidNamespaceOf, planProcess, planRoot } from './cri-container-plan.ts';
import type { ContainerConfig } from './cri-messages.ts';
import { containerShortfalls, type ShortfallLedger } from './cri-not-enforced.ts';
import { type ContainerRecord, nowNs, type SandboxRecord } from './cri-records.ts';
import { RuntimeRefusal } from './cri-runtime-orders.ts';
import type { ContainerExit, RuntimeProgram } from './cri-runtime-program.ts';
import { newId } from './cri-sandboxes.ts';

export type ContainerEventType =
  | 'CONTAINER_CREATED_EVENT'
  | 'CONTAINER_STARTED_EVENT'
  | 'CONTAINER_STOPPED_EVENT'
  | 'CONTAINER_DELETED_EVENT';

export interface ContainersOptions {
  readonly runtime: RuntimeProgram;
  /** What this machine can grant to a container. */
  readonly capabilities: () => readonly string[];
  readonly ledger: ShortfallLedger;
  /** Resolves when the next container may start. */
  readonly turn: () => Promise<void>;
  /** Resolves when a process that was started counts as running; never rejects. */
  readonly serves: (container: ContainerRecord, pid: number) => Promise<void>;
  readonly onEvent: (container: ContainerRecord, type: ContainerEventType) => void;
}

/** How long a killed process may take to be gone before that is an error. */
const KILL_LIMIT_MS = 30_000;

export class Containers {
  readonly #records = new Map<string, ContainerRecord>();
  readonly #options: ContainersOptions;
  /** Exits that arrived before the answer to the start did. */
  readonly #earlyExits = new Map<string, ContainerExit>();

  constructor(options: ContainersOptions) {
    this.#options = options;
  }

  get(id: string): ContainerRecord | undefined {
    return this.#records.get(id);
  }

  all(): ContainerRecord[] {
    return [...this.#records.values()];
  }

  of(sandbox: SandboxRecord): ContainerRecord[] {
    return this.all().filter((container) => container.sandbox.id === sandbox.id);
  }

  create(sandbox: SandboxRecord, config: ContainerConfig, image: CatalogueEntry): ContainerRecord {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { logDirectory } = sandbox.config;
    const record: ContainerRecord = {
      id: newId(),
      sandbox,
      config,
      image,
      logPath: logDirectory === '' || config.logPath === '' ? '' : path.join(logDirectory, config.logPath),
      createdAt: nowNs(),
      state: 'CONTAINER_CREATED',
      startedAt: '0',
      finishedAt: '0',
      exitCode: 0,
      reason: '',
      message: '',
      pid: 0,
      uid: 0,
      gid: 0,
      groups: [],
      ended: promise,
      markEnded: resolve,
    };
    this.#records.set(record.id, record);
    this.#options.ledger.add(
      sandbox.owner,
      config.metadata.name,
      containerShortfalls(config, this.#options.capabilities()),
    );
    this.#options.onEvent(record, 'CONTAINER_CREATED_EVENT');
    return record;
  }

  /** @throws RuntimeRefusal when its root cannot be made or its program cannot be started; it then counts as ended. */
  start(container: ContainerRecord): Promise<void> {
    container.starting = this.#launch(container);
    return container.starting;
  }

  async #launch(container: ContainerRecord): Promise<void> {
    const { config, image, sandbox } = container;
    const surroundings = {
      hostname: sandbox.config.hostname,
      directory: sandbox.directory,
      sharedMemory: sandbox.sharedMemory,
    };
    const process = planProcess(config, image, surroundings, this.#options.capabilities());
    Object.assign(container, {
      uid: process.credentials.uid,
      gid: process.credentials.gid,
      groups: process.credentials.groups,
    });
    await this.#options.turn();
    try {
      const { pid, startedAt } = await this.#options.runtime.order('startContainer', {
        id: container.id,
        sandboxId: sandbox.id,
        process,
        rootfs: planRoot(config, image, surroundings),
        logPath: container.logPath,
        stdin: config.stdin,
        stdinOnce: config.stdinOnce,
        pid: pidNamespaceOf(config.linux?.securityContext?.namespaceOptions ?? null),
        oomScoreAdj: Number(config.linux?.resources?.oomScoreAdj ?? 0),
      });
      await this.#options.serves(container, pid);
      Object.assign(container, { pid, startedAt, state: 'CONTAINER_RUNNING' });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      Object.assign(container, {
        state: 'CONTAINER_EXITED',
        exitCode: 128,
        reason: 'StartError',
        message,
        finishedAt: nowNs(),
      });
      container.markEnded();
      throw error;
    }
    this.#options.onEvent(container, 'CONTAINER_STARTED_EVENT');
    const early = this.#earlyExits.get(container.id);
    if (early) this.exited(early);
  }

  /** Takes note of the end of a container's first process. */
  exited(exit: ContainerExit): void {
    const container = this.#records.get(exit.containerId);
    if (!container) return;
    if (container.state === 'CONTAINER_CREATED') {
      this.#earlyExits.set(exit.containerId, exit);
      return;
    }
    this.#earlyExits.delete(exit.containerId);
    Object.assign(container, {
      state: 'CONTAINER_EXITED',
      exitCode: exit.exitCode,
      finishedAt: exit.finishedAt,
      reason: exit.exitCode === 0 ? 'Completed' : 'Error',
      pid: 0,
    });
    container.markEnded();
    this.#options.onEvent(container, 'CONTAINER_STOPPED_EVENT');
  }

  /** The runtime program is gone, and every container with it. */
  lostAll(): void {
    for (const container of this.all())
      if (container.state === 'CONTAINER_RUNNING' || (container.state === 'CONTAINER_CREATED' && container.starting))
        this.exited({ containerId: container.id, exitCode: 255, finishedAt: nowNs() });
  }

  /** Asks it to stop, and kills it when the grace period is over. */
  async stop(container: ContainerRecord, graceMs: number): Promise<void> {
    await container.starting?.catch(() => undefined);
    if (container.state !== 'CONTAINER_RUNNING') return;
    if (graceMs > 0) {
      await this.#signal(container, stopSignal(container.config.stopSignal));
      await withLimit(container.ended, graceMs);
    }
    if (container.state !== 'CONTAINER_RUNNING') return;
    await this.#signal(container, constants.signals.SIGKILL);
    if (!(await withLimit(container.ended, KILL_LIMIT_MS)))
      throw new Error(`container ${container.id} is still there ${KILL_LIMIT_MS / 1000} s after SIGKILL`);
  }

  async remove(container: ContainerRecord): Promise<void> {
    await this.stop(container, 0);
    this.#records.delete(container.id);
    this.#earlyExits.delete(container.id);
    this.#options.onEvent(container, 'CONTAINER_DELETED_EVENT');
  }

  async #signal(container: ContainerRecord, signal: number): Promise<void> {
    await this.#options.runtime.order('signalContainer', { id: container.id, signal }).catch((error: unknown) => {
      const over = error instanceof RuntimeRefusal && error.code === 'notRunning';
      if (!over && container.state === 'CONTAINER_RUNNING') throw error;
    });
  }
}

/** The CRI's name of a signal; SIGTERM where it names none. */
export function stopSignal(name: string): number {
  const signals: Readonly<Record<string, number>> = constants.signals;
  const realTime = /^SIGRT(MIN|MAX)(?:(PLUS|MINUS)(\d+))?$/.exec(name);
  if (realTime) {
    const offset = Number(realTime[3] ?? 0) * (realTime[2] === 'MINUS' ? -1 : 1);
    return (realTime[1] === 'MIN' ? 34 : 64) + offset;
  }
  return signals[name] ?? constants.signals.SIGTERM;
}

/** @returns whether the promise settled within the limit */
async function withLimit(promise: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([promise.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
