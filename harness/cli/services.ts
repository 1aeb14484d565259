/** What the verbs call. composition.ts connects the real ones; tests hand in their own. */

import type { ExportedBundle } from '../../clusters/toolchain/bundle/export-bundle.ts';
import type { ImportedBundle } from '../../clusters/toolchain/bundle/installed.ts';
import type { ReportComparison } from '../../reports/model/compare/compare-reports.ts';
import type { HistoryReport } from '../../reports/model/history/history-report.ts';
import type { LintReport } from '../../reports/model/lint-report.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import type { SimulationDocument } from '../../reports/model/simulation-report.ts';
import type { BisectReport } from '../bisect/bisect.ts';
import type { ReleaseRange } from '../bisect/releases.ts';
import type { ConformPlan } from '../conform/plan.ts';
import type { Assurance } from '../documents/assurance.ts';
import type { ExpectedArm } from '../documents/identify.ts';
import type { ResponseObjective } from '../documents/response-objective.ts';
import type { CapacityInput } from '../find-capacity/input.ts';
import type { StuckNote } from '../forge/sticky.ts';
import type { InitProduct, InitRequest } from '../init/init-repository.ts';
import type { InitQuestions } from '../init/questions.ts';
import type { ClusterStatus } from '../ports/cluster.ts';
import type { Identify } from '../ports/identify.ts';
import type { Progress } from '../ports/progress.ts';
import type { RunProduct } from '../ports/run-product.ts';
import type { LintRequest } from '../premerge/lint-repository.ts';
import type { Part } from '../simulate-policy/parts/count-part.ts';
import type { SimulationAsk } from '../simulate-policy/settings.ts';
import type { SimulatePolicyRequest } from '../simulate-policy/simulate-policy.ts';
import type { DoctorCheck } from './doctor/doctor-check.ts';
import type { ImagesProduct, ImagesRequest } from './images/images-service.ts';
import type { WatchRequest } from './live/watch.ts';

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
  /** Given where `identify` is `proxy`. */
  readonly proxies: ProxiesRef | undefined;
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

export interface CapacityRequest {
  /** As it is asked; may hold secrets. */
  readonly url: string;
  /** As it is written down. */
  readonly shownUrl: string;
  /** Takes the user's secrets out of a text. */
  readonly hide: (text: string) => string;
  readonly objective: ResponseObjective;
  readonly fromRate: number;
  readonly maxRate: number;
  /** High/low − 1; undefined: as the assurance says. */
  readonly width: number | undefined;
  readonly budgetSeconds: number | undefined;
  readonly assurance: Assurance;
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  readonly peak: CapacityInput['peak'];
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connectTimeoutMs: number;
  readonly k6: string | undefined;
  readonly runsDirectory: string;
  readonly command: readonly string[];
}

export interface ContextRef {
  readonly context: string;
  /** Undefined: KUBECONFIG, then the user's own. */
  readonly kubeconfig: string | undefined;
  readonly allowedContext: string | undefined;
}

export interface VirtualServiceRef extends ContextRef {
  readonly namespace: string;
  readonly name: string;
}

/** A cluster whose proxies say who answered. */
export interface ProxiesRef extends ContextRef {
  /** Whose pods answer; undefined: the first destination of the VirtualService. */
  readonly service: { readonly namespace: string; readonly name: string } | undefined;
}

export interface ReportRequest {
  /** Absolute. */
  readonly runDirectory: string;
  readonly checkEvidence: boolean;
}

export interface CompareRequest {
  /** Absolute path of a run directory, or of its result.json. */
  readonly first: string;
  /** Undefined: it is `first` that is set beside an earlier run of its subject. */
  readonly second: string | undefined;
  /** Commit or name of one that the earlier run must have proved; undefined: the last run that passed. */
  readonly base: string | undefined;
  /** Absolute; where the commits of runs are kept. */
  readonly history: string;
}

export interface HistoryRequest {
  /** Absolute. */
  readonly folder: string;
  /** Absolute paths of run directories that are to be kept first. */
  readonly add: readonly string[];
  /** Commit that they proved; undefined: what is checked out. */
  readonly revision: string | undefined;
  readonly subject: string | undefined;
  readonly claims: readonly string[];
  readonly last: number;
}

export interface KeepRequest {
  /** Absolute. */
  readonly folder: string;
  readonly report: RunReport;
  readonly revision: string | undefined;
}

export type ToolchainRequest =
  | {
      readonly action: 'export';
      /** Absolute. */
      readonly file: string;
      /** NAME or NAME=VERSION; empty: everything that is installed. */
      readonly components: readonly string[];
    }
  | { readonly action: 'import'; readonly file: string; readonly sha256: string | undefined };

export type ToolchainProduct =
  | ({ readonly action: 'export' } & ExportedBundle)
  | ({ readonly action: 'import'; readonly file: string } & ImportedBundle);

export interface CommentRequest {
  /** Absolute path of what `lint -o json` wrote. */
  readonly lint: string | undefined;
  /** Absolute paths of run directories. */
  readonly runs: readonly string[];
  /** Absolute. */
  readonly history: string;
  readonly base: string | undefined;
  readonly name: string;
  readonly repository: string | undefined;
  readonly pullRequest: number | undefined;
}

export interface CommentProduct {
  readonly text: string;
  /** Undefined: it may not be posted. */
  readonly posted: StuckNote | undefined;
  readonly why: string | undefined;
}

export interface NightIssuesRequest {
  readonly report: HistoryReport;
  readonly repository: string | undefined;
}

export interface PostedIssue extends CommentProduct {
  readonly subject: string;
}

export interface BisectRequest {
  /** Of every step; its claims, the varied release and the cluster's name are put in. */
  readonly conform: ConformRequest;
  readonly claim: string;
  readonly over:
    | { readonly component: string; readonly range: ReleaseRange }
    | { readonly commits: { readonly good: string; readonly bad: string } };
}

export interface BisectProduct {
  readonly report: BisectReport;
  /** Absolute path of what was written down, from which the same search goes on. */
  readonly journal: string;
}

/** `record`: the file that it is written to. */
export type RecordedAsk =
  | { readonly kind: 'file'; readonly file: string }
  | {
      readonly kind: 'run';
      readonly directory: string;
      /** Which of its loads; undefined: there is only one. */
      readonly load: string | undefined;
      readonly record: string | undefined;
    }
  | {
      readonly kind: 'prometheus';
      readonly url: string;
      readonly rangeMs: number;
      /** Undefined: Istio's counter of the Rollout's requests. */
      readonly select: string | undefined;
      readonly headers: Readonly<Record<string, string>>;
      readonly record: string | undefined;
    };

export interface SimulateRequest extends Pick<SimulatePolicyRequest, 'releases' | 'precision' | 'seed' | 'recommend'> {
  /** Name or directory of a profile, or a file or folder with manifests. */
  readonly source: string;
  readonly ask: SimulationAsk;
  /** Traffic as it was; undefined: `ask` or the profile says how much there is. */
  readonly recorded: RecordedAsk | undefined;
  /** Undefined: one a processor. */
  readonly threads: number | undefined;
  /** Files with the counts of all parts, in place of simulating; undefined: simulate. */
  readonly merge?: readonly string[] | undefined;
}

export interface Services {
  conform(request: ConformRequest, progress: Progress): Promise<RunProduct>;
  plan(request: ConformRequest): Promise<ConformPlan>;
  /** Whether what the profile proves is what it was where the branches parted. */
  isUnchangedSince(request: ConformRequest, reference: string, progress: Progress): Promise<boolean>;
  bisect(request: BisectRequest, progress: Progress): Promise<BisectProduct>;
  init(request: InitRequest, questions: InitQuestions, progress: Progress): Promise<InitProduct>;
  lint(request: LintRequest, progress: Progress): Promise<LintReport>;
  up(request: UpRequest, progress: Progress): Promise<UpProduct>;
  /** Names of what was removed. */
  down(request: DownRequest, progress: Progress): Promise<readonly string[]>;
  status(): Promise<readonly ClusterStatus[]>;
  doctor(): Promise<readonly DoctorCheck[]>;
  assertSplit(request: AssertSplitRequest, progress: Progress): Promise<RunProduct>;
  capacity(request: CapacityRequest, progress: Progress): Promise<RunProduct>;
  remakeReport(request: ReportRequest): Promise<RunProduct>;
  /** Until the world is interrupted. @param ready told once, when the page can be opened */
  watch(
    request: WatchRequest,
    ready: (told: { readonly url: string; readonly runDirectory: string }) => void,
  ): Promise<void>;
  compare(request: CompareRequest): Promise<ReportComparison>;
  history(request: HistoryRequest): Promise<HistoryReport>;
  /** The file that keeps the run; undefined when it judged nothing. */
  keepRun(request: KeepRequest): Promise<string | undefined>;
  nightIssues(request: NightIssuesRequest): Promise<readonly PostedIssue[]>;
  comment(request: CommentRequest): Promise<CommentProduct>;
  toolchain(request: ToolchainRequest, progress: Progress): Promise<ToolchainProduct>;
  simulate(request: SimulateRequest, progress: Progress): Promise<SimulationDocument>;
  /** The counts of one part, as the text of their file. */
  simulatePart(request: SimulateRequest, part: Part, progress: Progress): Promise<string>;
  images(request: ImagesRequest, progress: Progress): Promise<ImagesProduct>;
}
