/** Another policy than today's: what the search for it found, and the change that makes it. */
import type { ReleaseSummary, Share } from './release-figures.ts';

/** A policy on good canaries, on the bad one, and on one that answers nothing but errors. */
export interface PolicyFigures {
  readonly good: ReleaseSummary;
  readonly bad: ReleaseSummary;
  readonly falseStop: Share;
  readonly miss: Share;
  /** P(promoted) of a canary of which every answer is an error. */
  readonly deadMiss: Share;
}

/** A change of one field. */
export interface PolicyEdit {
  /** `AnalysisTemplate limits`, `Rollout shop` */
  readonly object: string;
  readonly path: readonly (string | number)[];
  /** null: the field is not there today. */
  readonly from: string | number | null;
  readonly to: string | number;
}

export interface CandidatePoint {
  /** What differs from today, in words; empty: nothing. */
  readonly changes: readonly string[];
  readonly falseStop: Share;
  readonly miss: Share;
  readonly badAnswers: number;
  readonly durationMs: number;
}

export interface HeatCell {
  readonly windowMs: number;
  readonly failureLimit: number;
  readonly falseStop: number;
  readonly badAnswers: number;
}

export interface Recommendation {
  /**
   * `change`: another policy keeps all limits and is better; `keep`: today's does and none is better by more than a
   * twentieth; `none`: no candidate keeps them.
   */
  readonly verdict: 'change' | 'keep' | 'none';
  readonly limits: { readonly maxFalse: number; readonly maxMiss: number; readonly maxDurationMs: number };
  /** Candidates that were tried, and those that were left out because `lint` objects. */
  readonly candidates: number;
  readonly refused: readonly { readonly changes: readonly string[]; readonly why: string }[];
  /** Another seed than the search had: the winner of a search looks better than it is. */
  readonly freshSeed: number;
  readonly today: PolicyFigures;
  readonly recommended: PolicyFigures | null;
  readonly changes: readonly string[];
  readonly edits: readonly PolicyEdit[];
  /** Not worse in all of false stops, bad answers and duration than any other. */
  readonly front: readonly CandidatePoint[];
  /** Where only window and failureLimit differ from today. */
  readonly heat: readonly HeatCell[];
  /** Where no candidate keeps the limits: which one is in the way, and what would do. */
  readonly obstacle: {
    readonly limit: 'max-false' | 'max-miss' | 'max-duration';
    readonly canaryRequests: number | null;
    readonly ratePerSecond: number | null;
  } | null;
}

/** The change as text; made where the files are known. */
export interface PolicyPatch {
  /** Unified diff that `git apply` takes, from the root of the repository; null where no plain file holds the fields. */
  readonly diff: string | null;
  /** The fields that the diff does not reach, with their places. */
  readonly byHand: readonly { readonly where: string; readonly field: string; readonly value: string }[];
}
