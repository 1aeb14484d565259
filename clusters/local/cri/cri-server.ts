/**
 * A container runtime for the real kubelet (CRI v1) whose pod sandboxes are network namespaces and whose containers
 * are processes of this machine in private mount, pid, uts and ipc namespaces.
 *
 * It runs inside the namespaces of a local cluster's node. Containers end with it.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import {
  status as Code,
  type GrpcObject,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceClientConstructor,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';
import { podAddresses } from './cri-addresses.ts';
import type { ImageCatalogue } from './cri-catalogue.ts';
import { type ContainerEventType, Containers } from './cri-containers.ts';
import { grantableCapabilities } from './cri-credentials.ts';
import { CriError, grpcError } from './cri-errors.ts';
import { imageService } from './cri-image-service.ts';
import { ShortfallLedger } from './cri-not-enforced.ts';
import { type ContainerRecord, containerStatus, nowNs, sandboxStatus } from './cri-records.ts';
import { RuntimeProgram } from './cri-runtime-program.ts';
import { runtimeService } from './cri-runtime-service.ts';
import { Sandboxes } from './cri-sandboxes.ts';
import { statsService } from './cri-stats-service.ts';
import { serves } from './start/listening.ts';
import { machineTurns } from './start/start-turns.ts';

export interface CriOptions {
  /** Unix socket that the kubelet connects to. */
  readonly socketPath: string;
  /** The CRI's api.proto. */
  readonly protoPath: string;
  /** On a tmpfs: container roots are overlays with their upper directories here. */
  readonly stateDirectory: string;
  readonly bridge: string;
  /** Such as 10.244.0.0/24; its first address is the bridge's. */
  readonly podSubnet: string;
  readonly catalogue: ImageCatalogue;
  /** The built program of the toolchain module cri-streaming. */
  readonly streamingProgram: string;
  /** Why a path of the node may not be mounted into a container of the pod; undefined: it may. */
  readonly refuseHostPath: (podUid: string, hostPath: string) => Promise<string | undefined>;
  readonly log: (line: string) => void;
  /** Called once for every sentence of `notEnforced`. */
  readonly onNotEnforced?: (sentence: string) => void;
}

export interface Cri {
  close(): Promise<void>;
  /** What manifests asked for and did not get, one sentence for each pod owner and feature. */
  notEnforced(): readonly string[];
  setCatalogue(catalogue: ImageCatalogue): void;
}

type Method = (request: never) => object | Promise<object>;
/** Notes what nobody foresaw. */
type Report = (rpc: string, request: unknown, details: string) => void;
type Watcher = ServerWritableStream<object, object>;

/**
 * Resolves when the socket accepts the kubelet.
 * @throws HarnessError RUNTIME_PROGRAM_FAILED, POD_SUBNET_INVALID
 */
export async function startCri(options: CriOptions): Promise<Cri> {
  const { log } = options;
  let { catalogue } = options;
  const addresses = podAddresses(options.podSubnet);
  await Promise.all([
    mkdir(options.stateDirectory, { recursive: true }),
    mkdir(path.dirname(options.socketPath), { recursive: true }),
    rm(options.socketPath, { force: true }),
  ]);
  const uidMap = await readFile('/proc/self/uid_map', 'utf8');
  const ledger = new ShortfallLedger(options.onNotEnforced);
  const watchers = new Set<Watcher>();
  const announce = (container: ContainerRecord, type: ContainerEventType) => {
    if (watchers.size === 0) return;
    const event = {
      containerId: container.id,
      containerEventType: type,
      createdAt: nowNs(),
      podSandboxStatus: sandboxStatus(container.sandbox),
      containersStatuses: containers.of(container.sandbox).map(containerStatus),
    };
    for (const watcher of watchers) watcher.write(event);
  };
  const runtime = await RuntimeProgram.start({
    program: options.streamingProgram,
    stateDirectory: options.stateDirectory,
    bridge: options.bridge,
    log,
    onExit: (exit) => containers.exited(exit),
    onLost: () => {
      containers.lostAll();
      sandboxes.lostAll();
    },
  });
  const containers = new Containers({
    runtime,
    capabilities: () => grantableCapabilities(runtime.capabilities, uidMap),
    ledger,
    turn: machineTurns(cpus().length),
    serves,
    onEvent: announce,
  });
  const sandboxes = new Sandboxes({ runtime, addresses, ledger });
  if (!runtime.overlay)
    log(
      "container runtime: the kernel refuses overlay mounts here; containers see the machine's /usr, /etc and /opt read-only",
    );

  const definition = await load(options.protoPath, {
    longs: String,
    enums: String,
    defaults: true,
    arrays: true,
    objects: true,
  });
  const loaded = loadPackageDefinition(definition);
  const server = new Server({
    'grpc.max_receive_message_length': 16 * 1024 * 1024,
    'grpc.max_send_message_length': 64 * 1024 * 1024,
  });
  const runtimeMethods: Record<string, Method> = {
    ...runtimeService({
      runtime,
      sandboxes,
      containers,
      catalogue: () => catalogue,
      refuseHostPath: options.refuseHostPath,
    }),
    ...statsService({ sandboxes, containers, stateDirectory: options.stateDirectory }),
  };
  const imageMethods: Record<string, Method> = imageService({
    catalogue: () => catalogue,
    stateDirectory: options.stateDirectory,
  });
  const report: Report = (rpc, request, details) => log(`${rpc} ${subjectOf(request, containers)}: ${details}`);
  const watch = (call: Watcher) => {
    watchers.add(call);
    const leave = () => watchers.delete(call);
    call.on('cancelled', leave).on('close', leave).on('error', leave);
  };
  addService(server, loaded, 'RuntimeService', runtimeMethods, report, {
    getContainerEvents: watch as UntypedHandleCall,
  });
  addService(server, loaded, 'ImageService', imageMethods, report, {});
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${options.socketPath}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  return {
    close: async () => {
      server.forceShutdown();
      await runtime.close();
      await rm(options.socketPath, { force: true });
    },
    notEnforced: () => ledger.sentences(),
    setCatalogue: (next) => {
      catalogue = next;
    },
  };
}

/** Registers every method that the protocol has; those that are not written answer UNIMPLEMENTED. */
function addService(
  server: Server,
  loaded: GrpcObject,
  name: string,
  methods: Record<string, Method>,
  report: Report,
  streaming: Record<string, UntypedHandleCall>,
): void {
  const service = ((loaded.runtime as GrpcObject).v1 as GrpcObject)[name] as ServiceClientConstructor;
  const implementation: UntypedServiceImplementation = {};
  for (const rpc of Object.keys(service.service)) {
    const key = rpc.charAt(0).toLowerCase() + rpc.slice(1);
    implementation[rpc] = streaming[key] ?? answer(rpc, methods[key], report);
  }
  server.addService(service.service, implementation);
}

function answer(rpc: string, method: Method | undefined, report: Report): UntypedHandleCall {
  return (call: { request: unknown }, callback: (error: object | null, reply?: object) => void): void => {
    const run = async () => {
      if (!method) throw new CriError(Code.UNIMPLEMENTED, `${rpc} is not implemented`);
      return await method(call.request as never);
    };
    run().then(
      (reply) => callback(null, reply),
      (error: unknown) => {
        const { reply, expected } = grpcError(error);
        if (!expected) report(rpc, call.request, reply.details ?? '');
        callback(reply);
      },
    );
  };
}

/** What a request is about, for the log; never its environment, which may hold secrets. */
function subjectOf(request: unknown, containers: Containers): string {
  const { podSandboxId, containerId, config, image } = request as {
    podSandboxId?: string;
    containerId?: string;
    config?: { metadata?: { name: string; namespace?: string } | null } | null;
    image?: { image?: string } | null;
  };
  const container = containers.get(containerId ?? '');
  const pod = (container?.sandbox.config ?? config)?.metadata;
  const names = [pod?.namespace, pod?.name, container?.config.metadata.name].filter((name) => name);
  return names.join('/') || image?.image || containerId || podSandboxId || 'request';
}
