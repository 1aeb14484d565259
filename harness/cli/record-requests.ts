/** What verbs ask of runs that are over, of their history and of built programs, and what they get. */
import type { ExportedBundle } from '../../clusters/toolchain/bundle/export-bundle.ts';
import type { ImportedBundle } from '../../clusters/toolchain/bundle/installed.ts';
import type { HistoryReport } from '../../reports/model/history/history-report.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import type { StuckNote } from '../forge/sticky.ts';

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
