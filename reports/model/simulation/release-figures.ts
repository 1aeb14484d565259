/** What many simulated releases came to, counted, and one of them again. */

/** Why a measurement was not good: nothing found (or an error), a rate of nothing, or a value. */
export type Cause = 'no-data' | 'nan' | 'value' | 'condition';

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
