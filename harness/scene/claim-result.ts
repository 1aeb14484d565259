/** What judging one claim gives. */
import type { CapacityReport } from '../../reports/model/capacity-report.ts';
import type { LedgerReport } from '../../reports/model/ledger-report.ts';
import type { PageReport } from '../../reports/model/page-report.ts';
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
  SplitReport,
  TimelineReport,
} from '../../reports/model/run-report.ts';
import type { TraceReport } from '../../reports/model/trace-report.ts';
import type { ShareSeries } from '../traffic/share-bins.ts';

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
  readonly capacity?: readonly CapacityReport[];
  readonly pages?: readonly PageReport[];
  readonly traces?: readonly TraceReport[];
}
