/** What is asked of a simulation. */
import type { Latency } from '../../reports/model/simulation/latency.ts';
import type { PolicyEdit } from '../../reports/model/simulation/recommendation.ts';
import type { ManifestValue, Policy } from './policy.ts';
import type { Fault, Scenario } from './scenario.ts';

export interface SimulationInput {
  readonly policy: Policy;
  /** Of both versions while all is well: `canary` is the good one. */
  readonly scenario: Scenario;
  /** Undefined: only good canaries. */
  readonly bad: BadCanary | undefined;
  /** Further ones, measured beside it. */
  readonly alsoBad?: readonly BadCanary[];
  /** With a precision: the most. */
  readonly releases: number;
  /**
   * Stops when every probability that was asked for is known to this relative half-width (0 to 1), or its limit is
   * decided; undefined: after all releases.
   */
  readonly precision?: number | undefined;
  readonly seed: number;
  /** False: nobody said how bursty errors are, so the weight of bursts is shown. */
  readonly fanoKnown: boolean;
  /** Highest accepted probabilities, 0 to 1. */
  readonly maxFalse: number | undefined;
  readonly maxMiss: number | undefined;
  readonly recommend?: RecommendInput | undefined;
}

export interface BadCanary {
  /** In words; default: its error share. */
  readonly name?: string;
  readonly fault: Fault;
  readonly latency: Latency;
}

/** Manifests that a policy is read from. */
export interface PolicySource {
  readonly rollout: ManifestValue;
  readonly templates: readonly ManifestValue[];
  /** Of objects that name none. */
  readonly namespace: string;
}

export interface RecommendInput {
  readonly source: PolicySource;
  readonly varyThreshold: boolean;
  readonly varySteps: boolean;
  /** Why these edits must not be recommended, in a sentence; undefined: nothing speaks against them. */
  readonly objection: (edits: readonly PolicyEdit[]) => string | undefined;
}

/** Where none were given: accepted shares of false stops and misses. */
export const DEFAULT_LIMITS = { maxFalse: 0.01, maxMiss: 0.001 };
