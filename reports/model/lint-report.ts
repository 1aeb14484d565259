/** What `canaryproof lint` says, as data: every output format is written from it. */

export const LINT_REPORT_SCHEMA_VERSION = 'canaryproof.dev/lint/v1alpha1';

export type LintSeverity = 'error' | 'warning' | 'info';

/**
 * - `new`: counts for the exit code
 * - `old`: was there before the change that is judged
 * - `baseline`: known by the baseline file
 * - `ignored`: a comment in the file says so, with its reason
 */
export type LintState = 'new' | 'old' | 'baseline' | 'ignored';

export interface LintFinding {
  /** Stable, upper snake case. */
  readonly code: string;
  readonly severity: LintSeverity;
  readonly sentence: string;
  readonly hint?: string;
  /** Relative to the root of the repository. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  /** The value of a chart that is behind it, such as `.Values.weight (chart/values.yaml:3)`. */
  readonly value?: string;
  /** Names of the render units that show it. */
  readonly units: readonly string[];
  readonly state: LintState;
  /** Of an ignored finding. */
  readonly reason?: string;
  /** The same for the same finding after lines were moved. */
  readonly fingerprint: string;
  readonly frame?: CodeFrame;
}

export interface CodeFrame {
  /** Line number of the first of `lines`, from 1. */
  readonly firstLine: number;
  readonly lines: readonly string[];
}

export interface LintReport {
  readonly schemaVersion: typeof LINT_REPORT_SCHEMA_VERSION;
  readonly tool: { readonly name: 'canaryproof'; readonly version: string };
  /** Name of the repository's folder. */
  readonly repository: string;
  /** What was asked for, relative to the root; empty: all of it. */
  readonly paths: readonly string[];
  readonly changedSince?: { readonly reference: string; readonly commit: string };
  readonly outcome: 'passed' | 'failed';
  readonly failOn: 'error' | 'warning';
  /** Findings of state `new`. */
  readonly counts: Readonly<Record<LintSeverity, number>>;
  /** What the change does, one sentence each; only with `changedSince`. */
  readonly changes: readonly string[];
  /** Sentences of findings that the change ends. */
  readonly ended: readonly string[];
  readonly units: readonly { readonly name: string; readonly kind: string; readonly objects: number }[];
  readonly findings: readonly LintFinding[];
  /** How often the policy of a profile here would be wrong, by simulation; only where one knows its traffic. */
  readonly simulated?: readonly string[];
  readonly notJudged: readonly { readonly path: string; readonly why: string }[];
}

/** No object at all, and no error that says why: a lint without findings that is no proof of anything. */
export function isNothingJudged({ outcome, units }: LintReport): boolean {
  return outcome === 'passed' && units.every(({ objects }) => objects === 0);
}
