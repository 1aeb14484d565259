/** The CRI's statistics calls. */
import { readFile } from 'node:fs/promises';
import { status as Code } from '@grpc/grpc-js';
import type { Containers } from './cri-containers.ts';
import { CriError } from './cri-errors.ts';
import type { ObjectFilter } from './cri-messages.ts';
import {
  type ContainerRecord,
  containerAttributes,
  matches,
  nowNs,
  type SandboxRecord,
  sandboxAttributes,
} from './cri-records.ts';
import type { Sandboxes } from './cri-sandboxes.ts';
import { type ContainerUsage, parseNetworkUsage, readContainerUsage, sumUsage, TICKS_PER_SECOND } from './cri-stats.ts';

export interface StatsServiceOptions {
  readonly sandboxes: Sandboxes;
  readonly containers: Containers;
  readonly stateDirectory: string;
}

const NS_PER_TICK = BigInt(1e9 / TICKS_PER_SECOND);
const uint64 = (value: number | bigint) => ({ value: String(value) });

function cpu(usage: ContainerUsage, timestamp: string) {
  return { timestamp, usageCoreNanoSeconds: uint64(BigInt(usage.cpuTicks) * NS_PER_TICK) };
}

function memory(usage: ContainerUsage, timestamp: string) {
  return {
    timestamp,
    workingSetBytes: uint64(usage.ownBytes),
    usageBytes: uint64(usage.residentBytes),
    rssBytes: uint64(usage.ownBytes),
    pageFaults: uint64(usage.pageFaults),
    majorPageFaults: uint64(usage.majorPageFaults),
  };
}

export function statsService({ sandboxes, containers, stateDirectory }: StatsServiceOptions) {
  /** Time of processes whose parent ignored their end is lost to the kernel's sums: never count backwards. */
  const highest = new Map<string, number>();

  const usageOf = async (container: ContainerRecord): Promise<ContainerUsage> => {
    if (container.pid === 0) return sumUsage([]);
    const pidMode = container.config.linux?.securityContext?.namespaceOptions?.pid ?? 'CONTAINER';
    const usage = await readContainerUsage(container.pid, pidMode === 'CONTAINER');
    const cpuTicks = Math.max(usage.cpuTicks, highest.get(container.id) ?? 0);
    highest.set(container.id, cpuTicks);
    return { ...usage, cpuTicks };
  };
  const forgetRemoved = () => {
    for (const id of highest.keys()) if (!containers.get(id)) highest.delete(id);
  };
  const view = (container: ContainerRecord, usage: ContainerUsage) => {
    const timestamp = nowNs();
    return {
      attributes: containerAttributes(container),
      cpu: cpu(usage, timestamp),
      memory: memory(usage, timestamp),
      writableLayer: { timestamp, fsId: { mountpoint: stateDirectory }, usedBytes: uint64(0), inodesUsed: uint64(0) },
    };
  };
  const sandboxView = async (sandbox: SandboxRecord) => {
    const running = containers.of(sandbox).filter(({ state }) => state === 'CONTAINER_RUNNING');
    const usages = await Promise.all(running.map(usageOf));
    const total = sumUsage(usages);
    const timestamp = nowNs();
    const processCount = usages.reduce((sum, usage) => sum + usage.processCount, 0);
    const first = running[0];
    const text =
      first && sandbox.address !== '' ? await readFile(`/proc/${first.pid}/net/dev`, 'utf8').catch(() => '') : '';
    const network = parseNetworkUsage(text, 'eth0');
    return {
      attributes: sandboxAttributes(sandbox),
      linux: {
        cpu: cpu(total, timestamp),
        memory: memory(total, timestamp),
        process: { timestamp, processCount: uint64(processCount) },
        containers: running.map((container, index) => view(container, usages[index]!)),
        ...(network === undefined
          ? {}
          : {
              network: {
                timestamp,
                defaultInterface: {
                  name: 'eth0',
                  rxBytes: uint64(network.rxBytes),
                  rxErrors: uint64(network.rxErrors),
                  txBytes: uint64(network.txBytes),
                  txErrors: uint64(network.txErrors),
                },
              },
            }),
      },
    };
  };
  return {
    containerStats: async ({ containerId }: { containerId: string }) => {
      const container = containers.get(containerId);
      if (!container) throw new CriError(Code.NOT_FOUND, `no container ${containerId}`);
      return { stats: view(container, await usageOf(container)) };
    },
    listContainerStats: async ({ filter }: { filter: ObjectFilter | null }) => {
      forgetRemoved();
      const wanted = containers.all().filter(
        (container) =>
          container.state === 'CONTAINER_RUNNING' &&
          matches(filter, {
            id: container.id,
            sandboxId: container.sandbox.id,
            state: container.state,
            labels: container.config.labels,
          }),
      );
      return { stats: await Promise.all(wanted.map(async (container) => view(container, await usageOf(container)))) };
    },
    podSandboxStats: async ({ podSandboxId }: { podSandboxId: string }) => {
      const sandbox = sandboxes.get(podSandboxId);
      if (!sandbox) throw new CriError(Code.NOT_FOUND, `no sandbox ${podSandboxId}`);
      return { stats: await sandboxView(sandbox) };
    },
    listPodSandboxStats: async ({ filter }: { filter: ObjectFilter | null }) => {
      forgetRemoved();
      const wanted = sandboxes
        .all()
        .filter(
          (sandbox) =>
            sandbox.state === 'SANDBOX_READY' &&
            matches(filter, { id: sandbox.id, state: sandbox.state, labels: sandbox.config.labels }),
        );
      return { stats: await Promise.all(wanted.map(sandboxView)) };
    },
    listMetricDescriptors: () => ({ descriptors: [] }),
    listPodSandboxMetrics: () => ({ podMetrics: [] }),
  };
}
