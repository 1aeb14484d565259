/** What `simulate` found, as data: the JSON of `-o json`, and what every other format is written from. */
import type { Latency } from './simulation/latency.ts';
import type { PolicyPatch, Recommendation } from './simulation/recommendation.ts';
import type { CurvePoint, ReleaseSummary, ReplayedRelease, Share } from './simulation/release-figures.ts';

export interface SimulationWarning {
  readonly code:
    | 'WINDOW_SHORT'
    | 'WINDOWS_OVERLAP'
    | 'JUDGED_BY_ORACLE'
    | 'BURSTS_UNKNOWN'
    | 'RECORDING_COARSE'
    | 'RECORDING_PARTIAL'
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
