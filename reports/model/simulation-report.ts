/** What `simulate` found, as data: the JSON of `-o json`, and what every other format is written from. */

/** Why a measurement was not good: nothing found (or an error), a rate of nothing, or a value. */
export type Cause = 'no-data' | 'nan' | 'value';

export interface Share {
  readonly count: number;
  /** 0 to 1; the interval is Clopper-Pearson's, 95 %. */
  readonly p: number;
  readonly low: number;
  readonly high: number;
}

/** Milliseconds; intervals by order statistics, 95 %; null where the sample is too small to bound that side. */
export interface TimeQuantile {
  readonly ms: number;
  readonly lowMs: number | null;
  readonly highMs: number | null;
}

/** How long answers take: assumed, or measured. */
export type Latency = (LognormalLatency | MeasuredLatency) & {
  /** This share (0 to 1) of the answers takes `times` as long. */
  readonly slow?: { readonly share: number; readonly times: number };
};

/** The natural logarithm of the milliseconds is normal around ln(medianMs) with deviation sigma. */
export interface LognormalLatency {
  readonly medianMs: number;
  readonly sigma: number;
}

/** Counts of answers in bins, evenly spread within each. */
export interface MeasuredLatency {
  /** Where it comes from, in words. */
  readonly from: string;
  /** Ascending and above 0: a bin ends with its bound and begins after the one before (0 for the first). */
  readonly boundsMs: readonly number[];
  /** Answers of each bin, and as one more those above the last bound. */
  readonly counts: readonly number[];
}

/** Distinct ones who met the canary, expected: routed request by request, or each user always to the same version. */
export interface ExposedUsers {
  readonly byRequest: number;
  readonly sticky: number;
}

export interface ReleaseSummary {
  readonly releases: number;
  readonly promoted: Share;
  /** Rolled back; `Failed` and `Error` kept apart. */
  readonly failed: Share;
  readonly error: Share;
  readonly paused: Share;
  readonly stuck: Share;
  /** Everything but promotion, by what the deciding measurement saw. */
  readonly stoppedByCause: Readonly<Record<Cause, Share>>;
  /** Rolled back although the canary already had half of the traffic or more. */
  readonly late: Share;
  /** From the fault to the end of those that were not promoted; null without any. */
  readonly timeToStop: { readonly q50: TimeQuantile; readonly q95: TimeQuantile } | null;
  /** The same as steps of its distribution: share (0 to 1) of all releases that were stopped by then; at most 100. */
  readonly stoppedBy: readonly { readonly ms: number; readonly share: number }[];
  /** Of all releases; null without any. */
  readonly duration: { readonly q50: TimeQuantile; readonly q95: TimeQuantile } | null;
  /** Means over all releases. */
  readonly canaryRequests: number;
  readonly badAnswers: number;
  /** null where nobody said how many users there are. */
  readonly users: ExposedUsers | null;
}

export interface SimulationWarning {
  readonly code:
    | 'WINDOW_SHORT'
    | 'WINDOWS_OVERLAP'
    | 'JUDGED_BY_ORACLE'
    | 'BURSTS_UNKNOWN'
    | 'RECORDING_COARSE'
    | 'LATENCY_COARSE'
    | 'UNIT_JUDGED_IN_PART';
  readonly sentence: string;
}

export interface LimitVerdict {
  readonly name: 'max-false' | 'max-miss';
  readonly limit: number;
  /** `inconclusive`: the interval straddles the limit; more releases narrow it. */
  readonly verdict: 'passed' | 'failed' | 'inconclusive';
}

/** P(not promoted) at a true error share. */
export interface CurvePoint {
  readonly errorShare: number;
  readonly stopped: Share;
}

/** One release again, measurement by measurement. */
export interface ReplayedRelease {
  /** Number of the release: the same seed makes it again. */
  readonly run: number;
  readonly outcome: string;
  readonly cause: Cause;
  readonly reason: string;
  readonly durationMs: number;
  /** Shares of the traffic that were ordered, 0 to 1. */
  readonly weights: readonly { readonly atMs: number; readonly share: number }[];
  readonly measurements: readonly {
    readonly metric: string;
    readonly atMs: number;
    readonly phase: string;
    /** What the query answered; null: the query failed; an empty list: no series. NaN and infinities are texts. */
    readonly values: readonly (number | string)[] | null;
  }[];
}

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

export interface SimulationReport {
  readonly rollout: string;
  readonly seed: number;
  readonly inputs: {
    readonly ratePerSecond: number;
    readonly arrivals: string;
    readonly fano: number;
    readonly scrapeIntervalMs: number;
    /** Share of the scrapes that fail, 0 to 1. */
    readonly scrapeLoss: number;
    readonly outage: { readonly of: string; readonly fromMs: number; readonly untilMs: number | null } | null;
    readonly users: { readonly count: number; readonly requests: number; readonly withinMs: number } | null;
    readonly stable: { readonly errorShare: number; readonly latency: Latency };
    readonly bad: { readonly fault: { readonly errorShare: number }; readonly latency: Latency } | null;
    /** What the bad canary is, in words; null without one. */
    readonly badCanary: string | null;
    /** Counts of even intervals that the traffic was drawn from, with the Fano factor of their errors; null without. */
    readonly recording: {
      readonly intervals: number;
      readonly intervalMs: number;
      readonly fano: number | null;
    } | null;
    readonly controller: {
      readonly queryLatencyMs: number;
      readonly podReadyMs: number;
      readonly weightDelayMs: number;
      readonly approvalMs: number;
    };
  };
  readonly good: ReleaseSummary;
  readonly bad: ReleaseSummary | null;
  /** P(not promoted | good) and P(promoted | bad). */
  readonly falseStop: Share;
  readonly miss: Share | null;
  /** Further bad canaries; `max-miss` holds for the worst of all. */
  readonly others: readonly { readonly canary: string; readonly miss: Share; readonly summary: ReleaseSummary }[];
  /**
   * Least canary requests that any test with a false alarm of 1 % needs on average, ln(100) / KL(e1 || e0) (Wald), over
   * those that this policy took; null without errors on both sides.
   */
  readonly efficiency: { readonly boundRequests: number; readonly usedRequests: number; readonly share: number } | null;
  readonly limits: readonly LimitVerdict[];
  readonly verdict: 'passed' | 'failed' | 'inconclusive';
  readonly curves: readonly { readonly policy: 'today' | 'recommended'; readonly points: readonly CurvePoint[] }[];
  /** A typical false stop; null where none was seen. */
  readonly replay: ReplayedRelease | null;
  readonly recommendation: Recommendation | null;
  readonly warnings: readonly SimulationWarning[];
  readonly assumptions: readonly string[];
}

/** A policy in two numbers, for whoever asked about something else. */
export interface PolicyQuote {
  readonly rollout: string;
  readonly ratePerSecond: number;
  /** Of a good canary, 0 to 1. */
  readonly goodErrorShare: number;
  /** What is bad about the bad canary: "twice the errors". */
  readonly bad: string;
  /** P(not promoted | good) and P(promoted | bad). */
  readonly falseStop: Share;
  readonly miss: Share;
  /** Of each kind. */
  readonly releases: number;
  readonly seed: number;
}

/** With where it was read from, as the command line prints it. */
export interface SimulationDocument extends SimulationReport {
  /** The unit that was rendered, such as `kustomization overlays/dev`. */
  readonly unit: string;
  readonly patch: PolicyPatch | null;
}
