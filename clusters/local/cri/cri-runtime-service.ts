/** The CRI's RuntimeService, without statistics. */
import { status as Code } from '@grpc/grpc-js';
import type { ImageCatalogue } from './cri-catalogue.ts';
import type { Containers } from './cri-containers.ts';
import { CriError } from './cri-errors.ts';
import type { ContainerConfig, ObjectFilter, PodSandboxConfig } from './cri-messages.ts';
import {
  type ContainerRecord,
  containerStatus,
  containerView,
  matches,
  nowNs,
  type SandboxRecord,
  sandboxStatus,
  sandboxView,
} from './cri-records.ts';
import { asReplaced, execInStandIn } from './cri-replaced-program.ts';
import type { RuntimeProgram } from './cri-runtime-program.ts';
import type { Sandboxes } from './cri-sandboxes.ts';

const RUNTIME_NAME = 'canaryproof';
const RUNTIME_VERSION = '1.0.0';

export interface RuntimeServiceOptions {
  readonly runtime: RuntimeProgram;
  readonly sandboxes: Sandboxes;
  readonly containers: Containers;
  readonly catalogue: () => ImageCatalogue;
  readonly refuseHostPath: (podUid: string, hostPath: string) => Promise<string | undefined>;
}

interface SandboxRequest {
  readonly podSandboxId: string;
}
interface ContainerRequest {
  readonly containerId: string;
}
interface StreamsRequest extends ContainerRequest {
  readonly cmd?: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export function runtimeService({ runtime, sandboxes, containers, catalogue, refuseHostPath }: RuntimeServiceOptions) {
  const sandboxOf = ({ podSandboxId }: SandboxRequest): SandboxRecord => {
    const sandbox = sandboxes.get(podSandboxId);
    if (!sandbox) throw new CriError(Code.NOT_FOUND, `no sandbox ${podSandboxId}`);
    return sandbox;
  };
  const containerOf = ({ containerId }: ContainerRequest): ContainerRecord => {
    const container = containers.get(containerId);
    if (!container) throw new CriError(Code.NOT_FOUND, `no container ${containerId}`);
    return container;
  };
  const stopSandbox = async (sandbox: SandboxRecord) => {
    await Promise.all(containers.of(sandbox).map((container) => containers.stop(container, 0)));
    await sandboxes.stop(sandbox);
  };
  /** Stand-ins that have answered a probe. */
  const served = new Set<string>();
  return {
    version: () => ({
      version: '0.1.0', // of the kubelet's own handshake, always this
      runtimeName: RUNTIME_NAME,
      runtimeVersion: RUNTIME_VERSION,
      runtimeApiVersion: 'v1',
    }),
    status: () => ({
      status: {
        conditions: [
          runtime.up
            ? { type: 'RuntimeReady', status: true, reason: '', message: '' }
            : {
                type: 'RuntimeReady',
                status: false,
                reason: 'RuntimeProgramDown',
                message: 'it is being started again',
              },
          { type: 'NetworkReady', status: true, reason: '', message: '' },
        ],
      },
      info: {},
      runtimeHandlers: [{ name: '', features: { recursiveReadOnlyMounts: false, userNamespaces: false } }],
      features: { supplementalGroupsPolicy: true },
    }),
    runtimeConfig: () => ({ linux: { cgroupDriver: 'CGROUPFS' } }),
    updateRuntimeConfig: () => ({}),

    runPodSandbox: async ({ config }: { config: PodSandboxConfig | null }) => {
      if (!config?.metadata) throw new CriError(Code.INVALID_ARGUMENT, 'a sandbox needs a configuration with metadata');
      return { podSandboxId: (await sandboxes.run(config)).id };
    },
    stopPodSandbox: async ({ podSandboxId }: SandboxRequest) => {
      const sandbox = sandboxes.get(podSandboxId);
      if (sandbox) await stopSandbox(sandbox);
      return {};
    },
    removePodSandbox: async ({ podSandboxId }: SandboxRequest) => {
      const sandbox = sandboxes.get(podSandboxId);
      if (!sandbox) return {};
      await stopSandbox(sandbox);
      await Promise.all(containers.of(sandbox).map((container) => containers.remove(container)));
      sandboxes.forget(podSandboxId);
      return {};
    },
    podSandboxStatus: (request: SandboxRequest) => {
      const sandbox = sandboxOf(request);
      const statuses = containers.of(sandbox).map(containerStatus);
      return { status: sandboxStatus(sandbox), info: {}, containersStatuses: statuses, timestamp: nowNs() };
    },
    listPodSandbox: ({ filter }: { filter: ObjectFilter | null }) => ({
      items: sandboxes
        .all()
        .filter((sandbox) => matches(filter, { id: sandbox.id, state: sandbox.state, labels: sandbox.config.labels }))
        .map(sandboxView),
    }),
    updatePodSandboxResources: () => ({}),

    createContainer: async (request: SandboxRequest & { config: ContainerConfig | null }) => {
      const sandbox = sandboxOf(request);
      const { config } = request;
      if (!config?.metadata || !config.image)
        throw new CriError(Code.INVALID_ARGUMENT, 'a container needs a configuration with metadata and an image');
      if (sandbox.state !== 'SANDBOX_READY')
        throw new CriError(Code.FAILED_PRECONDITION, `sandbox ${sandbox.id} is stopped`);
      const image = catalogue().find(config.image.image);
      if (image === undefined) throw new CriError(Code.NOT_FOUND, catalogue().explainMissing(config.image.image));
      if (config.command.length + config.args.length + (image.entrypoint?.length ?? 0) + (image.cmd?.length ?? 0) === 0)
        throw new CriError(
          Code.INVALID_ARGUMENT,
          `no command: neither the manifest nor the catalogue gives one for ${config.image.image}`,
        );
      const podUid = sandbox.config.metadata?.uid ?? '';
      for (const { hostPath } of [...config.mounts.filter(({ image: volume }) => !volume?.image), ...config.devices]) {
        const refusal = await refuseHostPath(podUid, hostPath);
        if (refusal !== undefined) throw new CriError(Code.PERMISSION_DENIED, refusal);
      }
      return { containerId: containers.create(sandbox, asReplaced(config, image, sandbox.config), image).id };
    },
    startContainer: async (request: ContainerRequest) => {
      const container = containerOf(request);
      if (container.state !== 'CONTAINER_CREATED' || container.starting)
        throw new CriError(Code.FAILED_PRECONDITION, `container ${container.id} has been started before`);
      await containers.start(container);
      return {};
    },
    stopContainer: async ({ containerId, timeout }: ContainerRequest & { timeout: string }) => {
      const container = containers.get(containerId);
      if (container) await containers.stop(container, Number(timeout) * 1000);
      return {};
    },
    removeContainer: async ({ containerId }: ContainerRequest) => {
      const container = containers.get(containerId);
      if (container) await containers.remove(container);
      served.delete(containerId);
      return {};
    },
    listContainers: ({ filter }: { filter: ObjectFilter | null }) => ({
      containers: containers
        .all()
        .filter((container) =>
          matches(filter, {
            id: container.id,
            sandboxId: container.sandbox.id,
            state: container.state,
            labels: container.config.labels,
          }),
        )
        .map(containerView),
    }),
    containerStatus: (request: ContainerRequest) => ({ status: containerStatus(containerOf(request)), info: {} }),
    updateContainerResources: (request: ContainerRequest) => {
      containerOf(request);
      return {};
    },
    reopenContainerLog: async (request: ContainerRequest) => {
      await runtime.order('reopenLog', { id: containerOf(request).id });
      return {};
    },

    execSync: async (request: ContainerRequest & { cmd: readonly string[]; timeout: string }) => {
      const { id, image, config } = containerOf(request);
      const params = { containerId: id, argv: request.cmd, timeoutMs: Number(request.timeout) * 1000 };
      const execSync = (order: typeof params) => runtime.order('execSync', order);
      const { stdout, stderr, exitCode } =
        image.replaces === 'stand-in' ? await execInStandIn(execSync, params, config, served) : await execSync(params);
      return { stdout: Buffer.from(stdout ?? '', 'base64'), stderr: Buffer.from(stderr ?? '', 'base64'), exitCode };
    },
    exec: (request: StreamsRequest) => runtime.order('execUrl', streams(request)),
    attach: (request: StreamsRequest) => runtime.order('attachUrl', streams(request)),
    portForward: (request: SandboxRequest & { port: readonly number[] }) =>
      runtime.order('portForwardUrl', { sandboxId: sandboxOf(request).id, ports: request.port }),
  };
}

function streams({ containerId, cmd, tty, stdin, stdout, stderr }: StreamsRequest) {
  return { containerId, argv: cmd ?? [], terminal: tty, stdin, stdout, stderr };
}
