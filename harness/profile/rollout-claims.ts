/**
 * Claims about Argo Rollouts as people write them: canary steps, rollback limits with the trials that stand just inside
 * and just outside of each, and what must hold while a rollout moves. resolve-rollout-claim.ts makes them ready for use.
 */
import { z } from 'zod';
import { durationText } from '../documents/budgets.ts';
import {
  claimBase,
  dnsLabel,
  insidePath,
  namedRef,
  rate,
  text,
  trafficPath,
  urlPath,
} from '../documents/document-atoms.ts';

const share = z.number().gt(0, 'must be above 0').lt(1, 'must be below 1');

/** Which Rollout, and how its versions name themselves. */
const target = {
  rollout: namedRef.describe('the Argo Rollouts Rollout that the claim is about'),
  service: text.describe('service in the chain of hops whose version says which track answered'),
};
const staged = {
  ...target,
  path: urlPath.default('/').describe('asked at the ingress of the copy that the claim works on'),
};

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

export const rolloutClaims = [
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('canary-steps'),
      ...target,
      release: z.strictObject({
        file: insidePath.describe('Kustomization in Git that names the image tag'),
        image: text.describe('name of the image as the Kustomization has it'),
        tag: text.describe('committed to start the canary'),
        version: text.describe('how pods of that tag name themselves'),
      }),
      paths: z.array(trafficPath).min(1, 'must name at least one client path'),
      promote: z.boolean().default(false).describe('go on at steps that wait for a human'),
    })
    .describe('a commit of an image tag starts a canary whose observed weights are the declared steps, one by one'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('rollback-threshold'),
      ...staged,
      metric: text.describe('name of the metric in the AnalysisTemplates'),
      limit,
      ratePerSecond: rate.default(60).describe('offered to each trial'),
      weight: z.int().min(1).max(99).default(50).describe('canary weight of the single step of a trial'),
      trials: z.array(trial).min(1, 'must hold at least one trial'),
    })
    .describe('just inside the limit promotes, just outside aborts'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('rollback-effects'),
      ...staged,
      ratePerSecond: rate.default(100),
      fault: z.strictObject({ errorShare: share.default(0.5) }).prefault({}),
      users: z.int().min(1).default(1000).describe('who take turns at sending requests, for the blast radius'),
      commitStatus: z
        .strictObject({ state: text.default('failure') })
        .optional()
        .describe("posted by Argo's notifications to a receiver of the run; absent: not asked for"),
    })
    .describe('after a fault the canary is gone within seconds, and nobody was turned away'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('manual-judgment'),
      ...staged,
      ratePerSecond: rate.default(100),
      waits: durationText.default('45s').describe('how long it is watched not to go on by itself'),
    })
    .describe('a step without a duration stays until somebody promotes'),
  z
    .strictObject({ ...claimBase, kind: z.literal('undo'), ...staged, ratePerSecond: rate.default(60) })
    .describe('undo brings the older version back to 100 % without a lost request'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('no-lost-request'),
      ...staged,
      ratePerSecond: rate.default(200).describe('near the capacity of the copy'),
      replicas: z.int().min(1).default(2),
      phases: z
        .array(z.enum(['promote', 'abort', 'undo', 'supersede', 'restart', 'scale-down']))
        .min(1)
        .default(['promote', 'abort', 'undo', 'supersede', 'restart', 'scale-down']),
    })
    .describe('every request is answered while the rollout moves; the budget is none'),
] as const;

export type RolloutClaimDocument = z.output<(typeof rolloutClaims)[number]>;
