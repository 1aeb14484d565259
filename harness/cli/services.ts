/** What the verbs call. composition.ts connects the real ones; tests hand in their own. */

import type { ReportComparison } from '../../reports/model/compare-reports.ts';
import type { LintReport } from '../../reports/model/lint-report.ts';
import type { Assurance } from '../documents/assurance.ts';
import type { ExpectedArm } from '../documents/identify.ts';
import type { InitProduct, InitRequest } from '../init/init-repository.ts';
import type { InitQuestions } from '../init/questions.ts';
import type { ClusterStatus } from '../ports/cluster.ts';
import type { Identify } from '../ports/identify.ts';
import type { Progress } from '../ports/progress.ts';
import type { RunProduct } from '../ports/run-product.ts';
import type { LintRequest } from '../premerge/lint-repository.ts';
import type { Scenario } from '../simulation/scenario.ts';
import type { SimulationInput, SimulationResult } from '../simulation/simulate.ts';
import type { DoctorCheck } from './doctor/doctor-check.ts';
import type { ImagesProduct, ImagesRequest } from './images/images-service.ts';

export const PROVIDERS = ['local', 'kind', 'minikube', 'existing'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** What only some providers know; an option that a provider has no use for is refused. */
export interface ProviderSettings {
  /** existing: which context of which kubeconfig, and the one that may be used although we did not make its cluster. */
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly allowContext?: string;
  readonly installAddons?: boolean;
  /** `KIND/NAMESPACE/NAME` of what a run may put into namespaces of others. */
  readonly sharedObjects?: readonly string[];
  readonly gitAddress?: string;
  readonly gitFolder?: { readonly directory: string; readonly url: string };
  /** kind, minikube */
  readonly nodeImage?: string;
  readonly kubernetesVersion?: string;
  readonly nodes?: number;
  readonly mounts?: readonly { readonly hostPath: string; readonly nodePath: string; readonly readOnly: boolean }[];
  readonly registryMirrors?: Readonly<Record<string, string>>;
  readonly ingressPort?: number;
  readonly pull?: boolean;
  readonly memoryMib?: number;
  readonly cpus?: number;
  readonly driver?: string;
  /** Of load that runs in the cluster. */
  readonly runners?: number;
  /** Of Istio's charts. */
  readonly istioProfile?: 'default' | 'demo';
}
export const CLEANUPS = ['always', 'on-success', 'never'] as const;
export type Cleanup = (typeof CLEANUPS)[number];

export interface ConformRequest {
  /** Name of a profile that ships with canaryproof, or a profile directory. */
  readonly profile: string;
  /** Undefined: as the profile says. */
  readonly assurance: Assurance | undefined;
  readonly provider: ProviderName;
  readonly cleanup: Cleanup;
  /** Ids of the claims to judge; empty: every one. */
  readonly claims: readonly string[];
  readonly componentVersions: Readonly<Record<string, string>>;
  /** Known-bad data planes to be caught: one for the whole run, or several in turn. */
  readonly faults: readonly string[];
  /** Absolute path of the folder in which the run's own directory is made. */
  readonly runsDirectory: string;
  readonly clusterName: string | undefined;
  /** Requests per second on every path; undefined: as the profile says. */
  readonly ratePerSecond: number | undefined;
  readonly command: readonly string[];
  readonly settings?: ProviderSettings;
}

export interface UpRequest {
  readonly name: string;
  readonly provider: ProviderName;
  readonly addons: readonly string[];
  readonly componentVersions: Readonly<Record<string, string>>;
  readonly settings?: ProviderSettings;
  /** Leave a cluster that did not come up. */
  readonly keep?: boolean;
}

export interface UpProduct {
  readonly name: string;
  readonly kubeconfigPath: string;
  readonly ingressUrl: string | undefined;
  readonly prometheusUrl: string | undefined;
  readonly components: readonly { readonly name: string; readonly version: string; readonly origin: string }[];
}

export interface DownRequest {
  readonly which: { readonly name: string } | 'all' | 'orphans';
  /** Also a cluster that a run is using. */
  readonly force?: boolean;
  /** Undefined: every provider that has a cluster of that name. */
  readonly provider?: ProviderName;
}

/** What `conform` would do: titled lines for people, the same as data for programs. */
export interface PlanProduct {
  readonly title: string;
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
  /** Of the manifests and claims. */
  readonly findings: readonly PlanFinding[];
}

export interface PlanFinding {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly sentence: string;
  /** `conform` would not start; errors of a repository that is only referred to are judged by traffic instead. */
  readonly refuses: boolean;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly hint?: string;
}

export interface AssertSplitRequest {
  /** As it is asked; may hold secrets. */
  readonly url: string;
  /** As it is written down. */
  readonly shownUrl: string;
  /** Takes the user's secrets out of a text. */
  readonly hide: (text: string) => string;
  /** Undefined: read from the VirtualService. */
  readonly expect: readonly ExpectedArm[] | undefined;
  readonly virtualService: VirtualServiceRef | undefined;
  readonly identify: Identify;
  readonly assurance: Assurance;
  /** Share, 0 to 1; undefined: as the assurance says. */
  readonly margin: number | undefined;
  readonly ratePerSecond: number;
  readonly maxDurationMs: number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly newConnectionPerRequest: boolean;
  readonly warmUpRequests: number;
  /** Path of a k6, when the user named one. */
  readonly k6: string | undefined;
  readonly runsDirectory: string;
  readonly command: readonly string[];
}

export interface VirtualServiceRef {
  readonly context: string;
  readonly kubeconfig: string | undefined;
  readonly allowedContext: string | undefined;
  readonly namespace: string;
  readonly name: string;
}

export interface ReportRequest {
  /** Absolute. */
  readonly runDirectory: string;
  readonly checkEvidence: boolean;
}

export interface CompareRequest {
  /** Absolute path of a run directory, or of its result.json. */
  readonly first: string;
  readonly second: string;
}

export interface SimulateRequest
  extends Pick<Scenario, 'ratePerSecond' | 'arrivals' | 'fano' | 'stable' | 'scrapeIntervalMs' | 'approvalMs'>,
    Omit<SimulationInput, 'policy' | 'scenario'> {
  /** Name or directory of a profile, or a folder with manifests. */
  readonly source: string;
  /** Name of the Rollout; undefined: there is only one. */
  readonly rollout: string | undefined;
}

export interface Services {
  conform(request: ConformRequest, progress: Progress): Promise<RunProduct>;
  plan(request: ConformRequest): Promise<PlanProduct>;
  init(request: InitRequest, questions: InitQuestions, progress: Progress): Promise<InitProduct>;
  lint(request: LintRequest, progress: Progress): Promise<LintReport>;
  up(request: UpRequest, progress: Progress): Promise<UpProduct>;
  /** Names of what was removed. */
  down(request: DownRequest, progress: Progress): Promise<readonly string[]>;
  status(): Promise<readonly ClusterStatus[]>;
  doctor(): Promise<readonly DoctorCheck[]>;
  assertSplit(request: AssertSplitRequest, progress: Progress): Promise<RunProduct>;
  remakeReport(request: ReportRequest): Promise<RunProduct>;
  compare(request: CompareRequest): Promise<ReportComparison>;
  simulate(request: SimulateRequest, progress: Progress): Promise<SimulationResult>;
  images(request: ImagesRequest, progress: Progress): Promise<ImagesProduct>;
}
