/**
 * What a scenario is told, put into the bundle as JSON in place of CANARYPROOF_SCENARIO when it is bundled
 * (harness/load/k6/scenario-values.ts makes it, harness/load/k6/bundle-scenario.ts injects it).
 *
 * Everything that can be computed beforehand is computed by the harness: each VU is a JavaScript world of its own, and
 * using Map, RegExp and String methods at the top of a scenario kept 40 KB more alive in every VU (97 MB against 75 MB
 * with 540 VUs).
 */
import type { Identify } from './receiver-identity.ts';

export interface ScenarioValues {
  readonly options: LoadOptions;
  readonly method: string;
  readonly params: {
    readonly redirects: number;
    /** Milliseconds. */
    readonly timeout: number;
  };
  readonly identify: Identify;
  /** The User-Agent of each request up to its number, where proxies are to tell the requests apart. */
  readonly marked?: string;
  /** Whose request each is: the users of 0 to count - 1 take turns. */
  readonly users?: RequestUsers;
  /** When each request is due, for scenarios that say how late one was. */
  readonly schedule?: Schedule;
}

/** User number n says `prefix` and n in that header. */
export interface RequestUsers {
  readonly header: string;
  readonly prefix: string;
  readonly count: number;
}

export interface Schedule {
  /** `poisson`: as arrival-slots.ts draws them; `paced`: one at the beginning of each slot. */
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  readonly ratePerSecond: number;
  /** Where several generators share a schedule: its beginning by the clock, and how long before it they are ready. */
  readonly start?: { readonly atMs: number; readonly earlyMs: number };
}

/** Comes in the environment variable CANARYPROOF_TARGET, as JSON. */
export interface ScenarioTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** k6 options: an open loop at a constant arrival rate. */
export interface LoadOptions {
  scenarios: {
    traffic: {
      executor: 'constant-arrival-rate';
      rate: number;
      timeUnit: string;
      duration: string;
      gracefulStop: string;
      preAllocatedVUs: number;
      maxVUs: number;
    };
  };
  /** Which iterations are of this generator, of those that all generators begin. */
  executionSegment?: string;
  executionSegmentSequence?: string;
  hosts?: Record<string, string>;
  discardResponseBodies: boolean;
  noConnectionReuse: boolean;
  noCookiesReset: boolean;
  maxRedirects: number;
  userAgent: string;
  systemTags: string[];
  summaryTrendStats: string[];
}
