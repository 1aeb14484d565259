/** Claims about Argo Rollouts as the code uses them; rollout-claims.ts describes every field. */
import { durationToMs } from '../documents/budgets.ts';
import type { RolloutTarget, StagedTarget, TrafficPath } from '../documents/references.ts';
import type { RolloutClaimDocument } from './rollout-claims.ts';

export interface CanaryStepsClaim extends RolloutTarget {
  readonly kind: 'canary-steps';
  readonly release: { readonly file: string; readonly image: string; readonly tag: string; readonly version: string };
  readonly paths: readonly [TrafficPath, ...TrafficPath[]];
  readonly promote: boolean;
}

export type RollbackLimit =
  | { readonly kind: 'error-share'; readonly share: number }
  | {
      readonly kind: 'slow-share';
      readonly share: number;
      readonly limitMs: number;
      readonly slowMs: number;
    };
export type TrialFault =
  | { readonly kind: 'none' }
  | { readonly kind: 'level' }
  | { readonly kind: 'hold'; readonly share: number; readonly forMs: number }
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'burst'; readonly forMs: number };
export type ConditionForm = 'declared' | 'success-only' | 'failure-only' | 'both';

export interface Trial {
  readonly name: string;
  readonly side: 'inside' | 'outside' | 'special';
  readonly fault: TrialFault;
  readonly traffic: 'steady' | 'stops' | 'none';
  readonly ratePerSecond: number;
  readonly condition: ConditionForm;
  readonly expect: 'promoted' | 'aborted' | 'paused' | 'undecided';
}

export interface RollbackThresholdClaim extends StagedTarget {
  readonly kind: 'rollback-threshold';
  readonly metric: string;
  readonly limit: RollbackLimit;
  /** Per cent. */
  readonly weight: number;
  readonly trials: readonly Trial[];
}
export interface RollbackEffectsClaim extends StagedTarget {
  readonly kind: 'rollback-effects';
  readonly fault: { readonly errorShare: number };
  readonly users: number;
  readonly commitStatus: { readonly state: string } | undefined;
}
export interface ManualJudgmentClaim extends StagedTarget {
  readonly kind: 'manual-judgment';
  readonly waitsMs: number;
}
export interface UndoClaim extends StagedTarget {
  readonly kind: 'undo';
}
export type MovingPhase = 'promote' | 'abort' | 'undo' | 'supersede' | 'restart' | 'scale-down';
export interface NoLostRequestClaim extends StagedTarget {
  readonly kind: 'no-lost-request';
  readonly replicas: number;
  readonly phases: readonly MovingPhase[];
}

export type StagedClaim =
  | RollbackThresholdClaim
  | RollbackEffectsClaim
  | ManualJudgmentClaim
  | UndoClaim
  | NoLostRequestClaim;
export type RolloutClaim = CanaryStepsClaim | StagedClaim;

export interface RolloutClaimContext {
  /** The profile's first namespace. */
  readonly home: string;
  pathOf(path: Extract<RolloutClaimDocument, { kind: 'canary-steps' }>['paths'][number]): TrafficPath;
}

export function resolveRolloutClaim(claim: RolloutClaimDocument, context: RolloutClaimContext): RolloutClaim {
  const rollout = { name: claim.rollout.name, namespace: claim.rollout.namespace ?? context.home };
  switch (claim.kind) {
    case 'canary-steps': {
      const [first, ...rest] = claim.paths.map((path) => context.pathOf(path));
      return { ...claim, rollout, paths: [first!, ...rest] };
    }
    case 'rollback-threshold':
      return {
        ...claim,
        rollout,
        trials: claim.trials.map((trial) => ({
          ...trial,
          ratePerSecond: trial.ratePerSecond ?? claim.ratePerSecond,
          fault: resolveFault(trial.fault),
        })),
      };
    case 'rollback-effects':
      return { ...claim, rollout, commitStatus: claim.commitStatus };
    case 'manual-judgment':
      return { ...claim, rollout, waitsMs: durationToMs(claim.waits)! };
    case 'undo':
    case 'no-lost-request':
      return { ...claim, rollout };
  }
}

function resolveFault(
  fault: Extract<RolloutClaimDocument, { kind: 'rollback-threshold' }>['trials'][number]['fault'],
): TrialFault {
  switch (fault.kind) {
    case 'hold':
      return { kind: 'hold', share: fault.share, forMs: durationToMs(fault.for)! };
    case 'burst':
      return { kind: 'burst', forMs: durationToMs(fault.lasting)! };
    default:
      return fault;
  }
}
