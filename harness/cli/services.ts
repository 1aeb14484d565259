/** What the verbs call. composition.ts connects the real ones; tests hand in their own. */

import type { ReportComparison } from '../../reports/model/compare/compare-reports.ts';
import type { HistoryReport } from '../../reports/model/history/history-report.ts';
import type { LintReport } from '../../reports/model/lint-report.ts';
import type { ComparedPolicy } from '../../reports/model/simulation/side-by-side.ts';
import type { SimulationDocument } from '../../reports/model/simulation-report.ts';
import type { ConformPlan } from '../conform/plan.ts';
import type { InitProduct, InitRequest } from '../init/init-repository.ts';
import type { InitQuestions } from '../init/questions.ts';
import type { ClusterStatus } from '../ports/cluster.ts';
import type { Progress } from '../ports/progress.ts';
import type { RunProduct } from '../ports/run-product.ts';
import type { LintRequest } from '../premerge/lint-repository.ts';
import type { Part } from '../simulate-policy/parts/count-part.ts';
import type {
  BisectProduct,
  BisectRequest,
  ConformRequest,
  DownRequest,
  UpProduct,
  UpRequest,
} from './cluster-requests.ts';
import type { DoctorCheck } from './doctor/doctor-check.ts';
import type { ImagesProduct, ImagesRequest } from './images/images-service.ts';
import type { WatchRequest } from './live/watch.ts';
import type {
  CommentProduct,
  CommentRequest,
  CompareRequest,
  HistoryRequest,
  KeepRequest,
  NightIssuesRequest,
  PostedIssue,
  ReportRequest,
  ToolchainProduct,
  ToolchainRequest,
} from './record-requests.ts';
import type { AssertSplitRequest, CapacityRequest, SideBySideAsk, SimulateRequest } from './traffic-requests.ts';

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
  simulateSideBySide(request: SideBySideAsk, progress: Progress): Promise<readonly ComparedPolicy[]>;
  /** The counts of one part, as the text of their file. */
  simulatePart(request: SimulateRequest, part: Part, progress: Progress): Promise<string>;
  images(request: ImagesRequest, progress: Progress): Promise<ImagesProduct>;
}
