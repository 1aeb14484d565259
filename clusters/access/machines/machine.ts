/** What the life cycle needs of a tool that makes clusters (kind, minikube): a thin adapter over its command line. */
import type { ClusterSpec } from '../../../harness/ports/cluster.ts';
import type { ComponentVersion } from '../../../harness/ports/component.ts';
import type { Progress } from '../../../harness/ports/progress.ts';
import type { Ownership } from '../../../k8s/client/ownership.ts';
import type { MachineFiles } from './machine-files.ts';

/** An image that the nodes need, as the engine on this machine holds it. */
export interface PreloadedImage {
  /** As the manifests name it. */
  readonly reference: string;
  /** Says `own build` where it is one. */
  readonly origin: string;
}

export interface MachineParts {
  /** Undefined: the tool's own default. */
  readonly nodeImage: string | undefined;
  readonly images: readonly PreloadedImage[];
  /** Of what the node image brings, when that is an own build. */
  readonly nodeOrigin?: string;
  /** Programs of this machine that take part, such as the tool itself. */
  readonly components: readonly ComponentVersion[];
  /** Puts the images on every node. */
  readonly loadImages: (machine: ClusterMachine, files: MachineFiles, signal: AbortSignal) => Promise<void>;
}

/** How the machine that runs canaryproof and a cluster reach each other. */
export interface MachineAddresses {
  /** Of this machine, as the nodes see it. */
  readonly host: string;
  /** Of a node, for load: nothing between k6 and the NodePort but the network. */
  readonly node: string;
  /** NodePort -> base URL for people and the harness's own questions. */
  urlOf(nodePort: number): string;
}

/** What a cluster is made from. */
export interface MachineOrder {
  readonly spec: ClusterSpec;
  readonly parts: MachineParts;
  readonly files: MachineFiles;
  readonly owner: Ownership;
}

export interface ClusterMachine {
  readonly provider: 'kind' | 'minikube';
  /** Options that decide what is made, as JSON; part of what "the same specification" means. */
  readonly essence: string;
  /** @throws HarnessError when the tool or its engine cannot be used at all */
  requireEngine(): Promise<void>;
  /** @throws HarnessError before anything is made: too little room, a port or the name taken */
  preflight(files: MachineFiles): Promise<void>;
  /** Returns when the API server answers and the kubeconfig is written; throws with whatever was made still there. */
  create(order: MachineOrder, progress: Progress, signal: AbortSignal): Promise<void>;
  /** Every node runs. */
  isRunning(files: MachineFiles): Promise<boolean>;
  /** Names of the clusters on the engine that canaryproof of this user made, whatever its own files say. */
  owned(): Promise<readonly string[]>;
  /** Removes everything of it from the engine, and nothing that is not ours. Also when nothing is there. */
  remove(files: MachineFiles): Promise<{ readonly removed: boolean }>;
  /** Images that the engine holds. */
  loadImages(files: MachineFiles, references: readonly string[], signal: AbortSignal): Promise<void>;
  exportLogs(files: MachineFiles, directory: string): Promise<void>;
  addresses(files: MachineFiles): Promise<MachineAddresses>;
  /** Argv prefix that starts a program of this machine in a pod's network; undefined where that cannot be done. */
  enterPod(files: MachineFiles, nodeName: string, podIp: string): Promise<readonly string[] | undefined>;
  /** Aborted, with a HarnessError as its reason, when a node is lost; watches until `signal` aborts. */
  watchNodes(files: MachineFiles, signal: AbortSignal): AbortSignal;
}
