/** What every claim of one run works on: the cluster, the profile, its Git repository, and the record of the run. */

import type { RunReport } from '../../reports/model/run-report.ts';
import type { Assurance } from '../documents/assurance.ts';
import type { VersionCounts } from '../evidence/mesh-counters.ts';
import type { OpenBrowser } from '../ports/browser.ts';
import type { RunningCluster } from '../ports/cluster.ts';
import type { LoadRunner } from '../ports/load.ts';
import type { Progress } from '../ports/progress.ts';
import type { Profile } from '../profile/profile.ts';
import type { RunDirectory } from '../run-directory/run-directory.ts';
import type { SplitPhaseResult } from '../traffic/split-phase.ts';
import type { EnvironmentHealth } from '../verdict/environment-health.ts';
import type { GitSource } from './git-source.ts';
import type { SceneClient } from './promise.ts';
import type { TimelineRecorder } from './timeline-recorder.ts';

export interface Scene {
  readonly profile: Profile;
  readonly cluster: RunningCluster;
  readonly client: SceneClient;
  readonly source: GitSource;
  readonly application: { readonly name: string; readonly namespace: string };
  readonly recorder: TimelineRecorder;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly load: LoadRunner;
  /** Where whole pages are loaded; undefined: nothing here can. */
  readonly openBrowser?: OpenBrowser;
  readonly evidence: Pick<RunDirectory, 'createSamples'>;
  /** Error rates and margin of split verdicts. */
  readonly assurance: Assurance;
  /** Requests per second on every path instead of the profile's own. */
  readonly ratePerSecond: number | undefined;
  /** Processor cores of the machine that generates the load. */
  readonly cores: number;
  /** How many of them nobody uses, measured when it is asked; undefined: nobody can tell. */
  readonly idleCores?: () => Promise<number>;
  /** What each traffic phase left for claims that are judged later, such as the comparison with Prometheus. */
  readonly phases: TrafficPhase[];
  /** What a folder of the repository renders to with Kustomize, as YAML. */
  readonly renderKustomization?: (folder: string) => Promise<string>;
  /** Path of the cosign program, built when it is missing; undefined: nothing here signs images. */
  readonly cosign?: () => Promise<string>;
  /** Whether the environment could answer, and when it could not; undefined where nobody can ask it. */
  readonly environment?: EnvironmentHealth;
  /** Report of the finished run of the same profile before this one; of several the newest that will do. */
  readonly earlierReport?: (isWanted?: (report: RunReport) => boolean) => Promise<RunReport | undefined>;
  /** Whether other claims are judged at the same time, each on a copy of its own. */
  readonly besideOthers?: boolean;
  /** What the first claim that asks makes for all that ask: trials run side by side, whatever claim they belong to. */
  once<Made>(key: unknown, make: () => Made): Made;
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
