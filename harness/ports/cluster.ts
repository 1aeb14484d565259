/** What makes clusters, and what a running one offers. Adapters live in clusters/. */
import type { ComponentVersion } from './component.ts';
import type { Progress } from './progress.ts';

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
  readonly surroundings?: Surroundings;
}

/** What manifests of others expect of a cluster beside its addons. */
export interface Surroundings {
  readonly prometheusServices: readonly PrometheusService[];
  /** Of the ingress gateway's pods; theirs win over ours for the same key. */
  readonly gatewayLabels: Readonly<Record<string, string>>;
  readonly gatewayCertificates: readonly GatewayCertificate[];
  readonly definitions: readonly Definition[];
}

/** A Service through which Prometheus answers as well. */
export interface PrometheusService {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** A TLS secret with a certificate of the run. */
export interface GatewayCertificate {
  readonly credentialName: string;
  readonly namespace: string;
  readonly hosts: readonly string[];
}

/** A kind of objects that are taken as they are, without a controller. */
export interface Definition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

/** One of the two. In the values of both, `{tag}` is the tag of the image. */
export type ImageMapping = StandInMapping | { readonly image: string; readonly program: ProgramMapping };

export interface StandInMapping {
  /** Full reference, or one ending in `*`. */
  readonly image: string;
  /** The stand-in workload with these variables, which win over the manifest's. */
  readonly standIn: Readonly<Record<string, string>>;
}

/** The user's own program, as a process of the machine; the local provider only. */
export interface ProgramMapping {
  readonly command: readonly [string, ...string[]];
  /** Absolute; the working directory. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Sets PORT. */
  readonly port: number | undefined;
}

export interface ClusterProvider {
  readonly name: 'local' | 'kind' | 'minikube' | 'existing';
  /**
   * Converges: the same spec again is a no-op.
   * @param onMaking called before the first change that makes a cluster (or removes one that does not fit): from then
   * on what is there is of this call. Not called when a cluster that is up already is taken as it is, nor for bad input.
   */
  up(spec: ClusterSpec, progress: Progress, signal: AbortSignal, onMaking?: () => void): Promise<RunningCluster>;
  /**
   * Removes everything `up` made, whatever was killed before; also when nothing is there.
   * @returns whether there was anything
   */
  down(name: string, progress: Progress): Promise<boolean>;
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

export interface LoadPlace {
  readonly argvPrefix: readonly string[];
  readonly ingressUrl: string;
  /** Given: k6 does not run on this machine, the prefix makes so many pods of it, unless the load says how many share it. */
  readonly inCluster?: { readonly runners: number };
}

export interface RunningCluster {
  readonly name: string;
  readonly provider: string;
  readonly kubeconfigPath: string;
  readonly components: readonly ComponentVersion[];
  /** Manifest features that this provider accepted but does not enforce, as sentences; read after the workload runs. */
  notEnforced(): Promise<readonly string[]>;
  /** How to start a load generator there, and the base URL of the ingress as seen from there. */
  loadAt(placement: LoadPlacement): Promise<LoadPlace>;
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
  /**
   * How many connections wait until a pod's program accepts them, the longest queue of its listeners; undefined where the
   * pod is not found. Absent where a provider has no cheap way to see it.
   */
  acceptQueue?(podIp: string): Promise<number | undefined>;
}
