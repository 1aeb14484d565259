/** What one held weight is weighed by, and what may be wrong with it. */
import type { CanaryScale } from '../../rollouts/rollout-object.ts';
import type { DeclaredAutoscaler } from './autoscaler.ts';
import type { HpaCanaryClaim } from './declaration.ts';
import type { Held } from './hold.ts';
import type { StretchReceived } from './receiver-book.ts';

export interface Problem {
  readonly code: string;
  readonly outcome: 'failed' | 'inconclusive' | 'invalid';
  readonly sentence: string;
  readonly hint: string;
}

export interface WeighRequest {
  readonly claim: HpaCanaryClaim;
  readonly declared: DeclaredAutoscaler;
  readonly held: Held;
  readonly received: StretchReceived;
  readonly stableVersion: string;
  readonly scale: CanaryScale | undefined;
  /** `minPodsPerReplicaSet` */
  readonly leastPods: number | undefined;
  /** `spec.replicas` at which the autoscaler was still before the canary; undefined: it never was, or this is that time. */
  readonly replicasBefore: number | undefined;
}

/** When, as a clause. */
export const at = ({ weight }: Held): string => (weight === 0 ? 'before the canary' : `at ${weight} %`);
