/**
 * What the use cases need from the outside, each port as small as its use. Adapters live in clusters/, k8s/client,
 * harness/load and reports/; nothing here imports them.
 */
import type { RequestSample } from '../verdict/request-sample.ts';

/** Progress for people and machines; every step over two seconds reports. */
export interface Progress {
  /** A named step begins; the returned function ends it. */
  step(name: string): StepHandle;
  note(text: string): void;
}
export interface StepHandle {
  update(text: string): void;
  done(text?: string): void;
  fail(text: string): void;
}

export interface ComponentVersion {
  readonly name: string;
  readonly version: string;
  readonly origin: string;
  readonly sha256?: string | undefined;
}

/** Where load starts: outside the mesh at the ingress gateway, or inside a meshed pod's network namespace. */
export type LoadPlacement =
  | { readonly kind: 'host' }
  | { readonly kind: 'ingress' }
  | { readonly kind: 'mesh'; readonly namespace: string; readonly pod: string };

export interface ClusterSpec {
  /** DNS label; also the key of everything the cluster leaves on the machine while it runs. */
  readonly name: string;
  /** Addons to have ready, in dependency order: `istio`, `argocd`, `prometheus`. */
  readonly addons: readonly string[];
  /** `NAME=VERSION` overrides, such as argo-rollouts=1.8.5. */
  readonly componentVersions: Readonly<Record<string, string>>;
  /** Image name -> what runs instead, for images that only the profile knows. */
  readonly images: readonly ImageMapping[];
}

export interface ImageMapping {
  /** Full reference, or one ending in `*`. */
  readonly image: string;
  /** The stand-in workload with these defaults in its environment; `{tag}` in a value is the tag of the image. */
  readonly standIn: Readonly<Record<string, string>>;
}

export interface ClusterProvider {
  readonly name: 'local' | 'kind' | 'minikube' | 'existing';
  /**
   * Converges: the same spec again is a no-op.
   * @param onMaking called before the first change that makes a cluster (or removes one that does not fit): from then
   * on what is there is of this call. Not called when a cluster that is up already is taken as it is, nor for bad input.
   */
  up(spec: ClusterSpec, progress: Progress, signal: AbortSignal, onMaking?: () => void): Promise<RunningCluster>;
  /** Removes everything `up` made, whatever was killed before; also when nothing is there. */
  down(name: string, progress: Progress): Promise<void>;
  list(): Promise<readonly ClusterStatus[]>;
}

export interface ClusterStatus {
  readonly name: string;
  readonly provider: string;
  readonly state: 'running' | 'broken' | 'starting';
  readonly kubeconfigPath: string;
  readonly createdAt: number;
  readonly detail: string;
}

export interface RunningCluster {
  readonly name: string;
  readonly provider: string;
  readonly kubeconfigPath: string;
  readonly components: readonly ComponentVersion[];
  /** Manifest features that this provider accepted but does not enforce, as sentences; read after the workload runs. */
  notEnforced(): Promise<readonly string[]>;
  /** How to start a load generator there, and the base URL of the ingress as seen from there. */
  loadAt(placement: LoadPlacement): Promise<{ readonly argvPrefix: readonly string[]; readonly ingressUrl: string }>;
  /** A directory of bare Git repositories that the cluster reads at the URL, writable by the harness. */
  readonly git: { readonly directory: string; readonly url: string };
  /** Base URL of Prometheus reachable from the harness. */
  readonly prometheusUrl: string | undefined;
  /** Base URL of the ingress gateway reachable from the harness and the user's browser (never used for load). */
  readonly ingressUrl: string | undefined;
  /**
   * Aborted, with a HarnessError as its reason, when a node of the cluster is lost; watches until `signal` aborts.
   * Absent where that cannot be told apart from a slow answer.
   */
  watchNodes?(signal: AbortSignal): AbortSignal;
}

/** One k6 run. */
export interface LoadRequest {
  readonly phase: string;
  readonly url: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Host name -> address, for k6's `hosts` option. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly identify: Identify;
  readonly ratePerSecond: number;
  readonly maxDurationMs: number;
  readonly preAllocatedVus: number;
  readonly requestTimeoutMs: number;
  /** Whether each request opens a new connection. */
  readonly newConnectionPerRequest: boolean;
}
export type Identify =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'json'; readonly path: string }
  | { readonly kind: 'regex'; readonly pattern: string };

export interface LoadResult {
  /** Requests that k6 itself counted (its own books). */
  readonly sent: number;
  readonly received: number;
  readonly droppedIterations: number;
  readonly interrupted: number;
  readonly vusMax: number;
  readonly vusAllocated: number;
  readonly generatorCpuSeconds: number;
  readonly wallMs: number;
  readonly stoppedEarly: boolean;
  /** Bounds for how far the generator's clock is ahead of the harness's; left out when nobody measured. */
  readonly clockOffsetMs?: { readonly atLeast: number; readonly atMost: number };
  /** k6's effective options, as JSON. */
  readonly optionsJson: string;
}

export interface LoadRunner {
  /**
   * Runs k6 and hands over every request as it finishes, in completion order. `onSample` returning `stop` ends the
   * load at once; the signal does too.
   */
  run(
    request: LoadRequest,
    argvPrefix: readonly string[],
    onSample: (sample: RequestSample) => 'continue' | 'stop',
    signal: AbortSignal,
  ): Promise<LoadResult>;
}
