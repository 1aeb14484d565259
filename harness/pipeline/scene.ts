/** What every claim of one run works on: the cluster, the profile, its Git repository, and the record of the run. */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { LedgerReport } from '../../reports/model/ledger-report.ts';
import type {
  AnalysisReport,
  BoundaryReport,
  ErrorLedgerReport,
  HeatMapReport,
  PercentilesReport,
  WaterfallReport,
} from '../../reports/model/rollout-report.ts';
import type {
  BooksReport,
  ClaimReport,
  FindingReport,
  RunReport,
  SplitReport,
  TimelineReport,
} from '../../reports/model/run-report.ts';
import { HarnessError } from '../errors/harness-error.ts';
import type { Commit, GitRepository } from '../evidence/git-repository.ts';
import type { VersionCounts } from '../evidence/mesh-counters.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Profile } from '../profile/profile.ts';
import type { ASSURANCE } from '../verdict/split-judge.ts';
import type { LoadRunner, Progress, RunningCluster } from './ports.ts';
import type { RunDirectory } from './run-directory.ts';
import type { ShareSeries } from './share-bins.ts';
import type { SplitPhaseResult } from './split-phase.ts';
import type { TimelineRecorder } from './timeline-recorder.ts';
import type { TrialBoard } from './trial-board.ts';

export interface Scene {
  readonly profile: Profile;
  readonly cluster: RunningCluster;
  readonly client: ClusterClient;
  readonly source: GitSource;
  readonly application: { readonly name: string; readonly namespace: string };
  readonly recorder: TimelineRecorder;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly load: LoadRunner;
  readonly evidence: Pick<RunDirectory, 'createSamples'>;
  /** Error rates and margin of split verdicts. */
  readonly assurance: keyof typeof ASSURANCE;
  /** Requests per second on every path instead of the profile's own. */
  readonly ratePerSecond: number | undefined;
  /** Processor cores of the machine that generates the load. */
  readonly cores: number;
  /** What each traffic phase left for claims that are judged later, such as the comparison with Prometheus. */
  readonly phases: TrafficPhase[];
  /** What a folder of the repository renders to with Kustomize, as YAML. */
  readonly renderKustomization?: (folder: string) => Promise<string>;
  /** Report of the finished run of the same profile before this one. */
  readonly earlierReport?: () => Promise<RunReport | undefined>;
  /** What the first claim that needs it starts for all: trials run side by side, whatever claim they belong to. */
  readonly shared: { trials?: TrialBoard };
  now(): number;
  /**
   * Lets time pass, in a claim that has to.
   * @throws the signal's reason, at once, when the run is over before or meanwhile
   */
  pause(ms: number): Promise<void>;
}

/** One load phase of a split claim, as later claims need it. */
export interface TrafficPhase {
  readonly claimId: string;
  readonly path: 'ingress' | 'mesh';
  readonly result: SplitPhaseResult;
  /** Growth of the mesh's own counters during the phase, by version; undefined without Prometheus. */
  readonly meshCounts: { readonly reporter: string; readonly byVersion: VersionCounts } | undefined;
  /** Answers that no client got because a proxy tried again, by version, as the proxies counted them. */
  readonly retried: VersionCounts;
}

/** The repository and what it holds now, so that every commit starts from the last one. */
export interface GitSource {
  readonly files: readonly RepositoryFile[];
  readonly repository: GitRepository;
  readonly history: readonly { readonly commit: Commit; readonly files: readonly RepositoryFile[] }[];
  commit(files: readonly RepositoryFile[], message: string): Promise<Commit>;
}

export function createGitSource(repository: GitRepository, onCommit: (commit: Commit) => void): GitSource {
  let files: readonly RepositoryFile[] = [];
  const history: { commit: Commit; files: readonly RepositoryFile[] }[] = [];
  return {
    repository,
    history,
    get files() {
      return files;
    },
    async commit(next, message) {
      const commit = await repository.commit(next, message);
      files = next;
      history.push({ commit, files });
      onCommit(commit);
      return commit;
    },
  };
}

/** What judging one claim adds to the report. */
export interface ClaimResult {
  readonly claim: ClaimReport;
  readonly splits?: readonly SplitReport[];
  readonly books?: readonly BooksReport[];
  readonly findings?: readonly FindingReport[];
  /** Observed shares that belong to no entry of `phases`. */
  readonly series?: readonly ShareSeries[];
  readonly timelines?: readonly TimelineReport[];
  readonly ledgers?: readonly LedgerReport[];
  readonly heatMaps?: readonly HeatMapReport[];
  readonly percentiles?: readonly PercentilesReport[];
  readonly errorLedgers?: readonly ErrorLedgerReport[];
  readonly waterfalls?: readonly WaterfallReport[];
  readonly analyses?: readonly AnalysisReport[];
  readonly boundaries?: readonly BoundaryReport[];
}

export const APPLICATIONS = { apiVersion: 'argoproj.io/v1alpha1', resource: 'applications' } as const;

/** True when `wait` ended by its condition, false when by its time limit; other errors pass through. */
export async function metInTime(wait: Promise<unknown>): Promise<boolean> {
  try {
    await wait;
    return true;
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'WAIT_TIMEOUT') return false;
    throw error;
  }
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const PLURALS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  Gateway: 'gateways',
  Ingress: 'ingresses',
  ServiceEntry: 'serviceentries',
};

/** The collection of an object reference. Kinds whose plural is irregular are listed. */
export function collectionOf(ref: { readonly apiVersion: string; readonly kind: string; readonly namespace: string }) {
  const resource = PLURALS[ref.kind] ?? `${ref.kind.toLowerCase()}s`;
  return { apiVersion: ref.apiVersion, resource, namespace: ref.namespace };
}
