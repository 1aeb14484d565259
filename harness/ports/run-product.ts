/** What a use case hands to whoever shows it: the document, where it lies, and every rendered report. */
import type { RunReport } from '../../reports/model/run-report.ts';

export interface RunProduct {
  readonly report: RunReport;
  readonly directory: string;
  /** By path below the run directory. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}
