/** What `history` shows: per subject and claim the last runs as a strip, and what is read off them. */
import type { HistoryLine } from './history-line.ts';

export interface HistoryReport {
  readonly subjects: readonly SubjectHistory[];
  /** Of the files: what could not be read, and what contradicts itself. Nothing of it is changed. */
  readonly problems: readonly HistoryProblem[];
}

export interface HistoryProblem {
  readonly code: string;
  /** `file:line`. */
  readonly where: string;
  readonly sentence: string;
  readonly hint: string;
}

export interface SubjectHistory {
  readonly subject: string;
  /** Oldest first. */
  readonly runs: readonly HistoryRun[];
  /** Runs that are kept but not shown. */
  readonly olderRuns: number;
  readonly claims: readonly ClaimHistory[];
}

export interface HistoryRun {
  readonly id: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: HistoryLine['run']['outcome'];
  readonly interrupted: boolean;
  readonly revision: string | undefined;
  readonly provider: string;
  /** Of what was declared. */
  readonly hash: string;
  readonly components: Readonly<Record<string, string>>;
}

export interface ClaimHistory {
  readonly id: string;
  readonly title: string;
  /** As many as the subject has runs; undefined where the claim was not judged. */
  readonly cells: readonly (HistoryLine['claim'] | undefined)[];
  /** The split that is drawn: of the claim's splits the one that strayed farthest; undefined: it has none. */
  readonly split: string | undefined;
  readonly regression: Regression | undefined;
  readonly flakiness: Flakiness | undefined;
  readonly changes: readonly ChangePoint[];
}

/** The claim fails now; this is the run in which that began. */
export interface Regression {
  /** Index into the subject's runs. */
  readonly run: number;
  /** Index of the last run in which it passed; undefined: it never did in the runs that are kept. */
  readonly passedBefore: number | undefined;
  /** Runs between the two that decided nothing. */
  readonly undecided: number;
  /** What differs from the run in which it passed, such as `argo-rollouts 1.8.5 → 1.9.2`. */
  readonly differences: readonly string[];
}

/** Both outcomes, to and fro, with no change of level between them. */
export interface Flakiness {
  readonly failed: number;
  readonly decided: number;
  /** Clopper-Pearson, `confidence`. */
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  /** It passed and failed on the same commit, declaration and components. */
  readonly sameInputs: boolean;
}

/** From this run on another level holds. */
export interface ChangePoint {
  readonly run: number;
  readonly what: 'share' | 'failures';
  /** Title of the split and name of the arm; of failures the id of the claim. */
  readonly name: string;
  /** Before and after, pooled over the runs of either side. */
  readonly from: number;
  readonly to: number;
  /** Another share was declared too, so the change was meant. */
  readonly declared: boolean;
  readonly differences: readonly string[];
}
