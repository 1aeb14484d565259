/** Claim kind `rollback-threshold`: just inside the limit promotes, just outside aborts. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { share, stagedTarget } from '../../documents/claim-atoms.ts';
import { claimBase, dnsLabel, rate, text } from '../../documents/document-atoms.ts';
import type { StagedTarget } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

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

const limit = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('error-share'), share })
    .describe('a share of failed answers: an error rate, or one minus a success rate'),
  z
    .strictObject({
      kind: z.literal('slow-share'),
      share: share.describe('one minus the quantile: 0.05 for a limit on p95'),
      limitMs: z.number().positive().describe('the latency limit itself'),
      slowMs: z.number().positive().describe('a latency that is above it whatever else happens'),
    })
    .refine(({ limitMs, slowMs }) => slowMs > limitMs, { error: 'slowMs must be above limitMs' })
    .describe('a latency quantile, as the share of answers above its limit'),
]);

const fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }).describe('a healthy canary'),
  z
    .strictObject({ kind: z.literal('level') })
    .describe('the limit less (inside) or plus (outside) the smallest margin that the traffic can resolve'),
  z
    .strictObject({ kind: z.literal('hold'), share, for: durationText })
    .describe('this share of faults, switched on for that long while the analysis runs'),
  z
    .strictObject({ kind: z.literal('latency'), ms: z.number().min(0) })
    .describe('every answer of the canary takes this long'),
  z
    .strictObject({ kind: z.literal('burst'), lasting: durationText })
    .describe('nothing but errors for that long, begun right after a scrape so that no second scrape sees it'),
]);

const trial = z.strictObject({
  name: dnsLabel.describe(
    'unique in the profile; also the name of the namespace that the trial gets, after the profile',
  ),
  side: z.enum(['inside', 'outside', 'special']),
  fault: fault.default({ kind: 'level' }),
  traffic: z
    .enum(['steady', 'stops', 'none'])
    .default('steady')
    .describe('stops: the load ends before the analysis looks, so that rates are 0/0'),
  ratePerSecond: rate.optional().describe("default: the claim's"),
  condition: z
    .enum(['declared', 'success-only', 'failure-only', 'both'])
    .default('declared')
    .describe('form in which the limit is stated; other forms than the declared one show what NaN does to them'),
  expect: z
    .enum(['promoted', 'aborted', 'paused', 'undecided'])
    .describe(
      'undecided: the limit lies inside the resolution of the metric; either end is right if the oracle agrees',
    ),
});

export const rollbackThreshold = claimKind({
  kind: 'rollback-threshold',
  summary: 'just inside the limit promotes, just outside aborts',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('rollback-threshold'),
    ...stagedTarget,
    metric: text.describe('name of the metric in the AnalysisTemplates'),
    limit,
    ratePerSecond: rate.default(60).describe('offered to each trial'),
    weight: z.int().min(1).max(99).default(50).describe('canary weight of the single step of a trial'),
    trials: z.array(trial).min(1, 'must hold at least one trial'),
  }),
  resolve: (claim, { placed }): RollbackThresholdClaim => ({
    ...claim,
    rollout: placed(claim.rollout),
    trials: claim.trials.map((one) => ({
      ...one,
      ratePerSecond: one.ratePerSecond ?? claim.ratePerSecond,
      fault: resolveFault(one.fault),
    })),
  }),
  copies: ({ trials }) => trials.length,
  addons: ['argo-rollouts', 'istio', 'prometheus'],
});

function resolveFault(document: z.output<typeof fault>): TrialFault {
  switch (document.kind) {
    case 'hold':
      return { kind: 'hold', share: document.share, forMs: durationToMs(document.for)! };
    case 'burst':
      return { kind: 'burst', forMs: durationToMs(document.lasting)! };
    default:
      return document;
  }
}
