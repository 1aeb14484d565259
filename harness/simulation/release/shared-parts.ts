import { argoFeatures } from '../../oracle/argo-version.ts';
import { ArmTraffic } from '../arm-traffic.ts';
import type { CompiledPolicy } from '../compile-policy.ts';
import { CounterRandom } from '../counter-random.ts';
import { sharesBelow } from '../latency-model.ts';
import type { Policy } from '../policy.ts';
import { meansOf, RecordedTraffic } from '../recorded-traffic.ts';
import type { Scenario } from '../scenario.ts';
import { FailedScrapes } from './failed-scrapes.ts';
import { releaseHorizonMs } from './release-horizon.ts';

/** Numbers of the scraped targets in the keys of random numbers. */
export const TARGET = { canary: 1, stable: 2 } as const;
const NEVER = Number.POSITIVE_INFINITY;

/** What all runs of one policy use again and again. */
export class SharedParts {
  readonly policy: Policy;
  readonly compiled: CompiledPolicy;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly random = new CounterRandom();
  readonly features = argoFeatures();
  readonly canary: ArmTraffic;
  readonly stable: ArmTraffic;
  readonly faultEdgesMs: readonly number[];
  readonly faultWeight: number;
  readonly recorded: RecordedTraffic | undefined;
  readonly failedScrapes: FailedScrapes;
  readonly horizonMs: number;

  constructor(policy: Policy, compiled: CompiledPolicy, scenario: Scenario, seed: number) {
    this.policy = policy;
    this.compiled = compiled;
    this.scenario = scenario;
    this.seed = seed;
    this.horizonMs = releaseHorizonMs(policy, scenario.approvalMs);
    const { canary, stable, bucketBoundsMs } = scenario;
    const { model } = compiled;
    const { recording, arrivals, fano } = scenario;
    this.recorded = recording && new RecordedTraffic(recording, seed);
    this.failedScrapes = new FailedScrapes(this.random, seed, scenario);
    const arriving = { arrivals, fano, ...(recording ? { recordedShare: meansOf(recording).errorShare } : {}) };
    this.canary = new ArmTraffic(TARGET.canary, model.canary, arriving, sharesBelow(canary.latency, bucketBoundsMs));
    this.stable = new ArmTraffic(TARGET.stable, model.stable, arriving, sharesBelow(stable.latency, bucketBoundsMs));
    const { fromMs, untilMs, growsForMs } = canary.fault ?? {};
    this.faultWeight = canary.fault?.fromWeight ?? NEVER;
    const grown = growsForMs === undefined ? undefined : (fromMs ?? 0) + growsForMs;
    this.faultEdgesMs = [fromMs, untilMs, grown].filter((edge) => edge !== undefined);
  }
}
