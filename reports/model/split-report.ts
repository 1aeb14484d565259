/** Schema of one judged split. Shares are 0 to 1, times Unix milliseconds. */
import { z } from 'zod';

export const unixMs = z.number();
export const share = z.number().min(0).max(1);
export const outcomeSchema = z.enum(['passed', 'failed', 'inconclusive', 'invalid']);

const interval = z.strictObject({ low: share, high: share, confidence: z.number() });

/** Reports of runs from before it existed have none; their whiskers are the mixture interval. */
const decided = z
  .strictObject({
    test: z
      .enum(['acceptance', 'refutation'])
      .describe('acceptance: not excluded at beta, within the margin at a pass; refutation: not refuted at alpha'),
    low: share,
    high: share,
    errorRate: z.number().describe('probability that the truth lies outside'),
  })
  .describe('the test that decided, inverted: the shares that it leaves standing');

/** P3: one row of the forest plot; one arm of one path of one step. */
const arm = z.strictObject({
  name: z.string(),
  declaredShare: share,
  count: z.int(),
  estimate: share,
  interval: interval.describe('mixture confidence sequence: valid at every look, of neither deciding test'),
  decided: decided.optional(),
  smallestDetectableDrift: share.describe(
    'smallest |p - declared| that a fixed sample of this n finds with the same alpha and beta',
  ),
});

const sequentialPoint = z.strictObject({
  n: z.int(),
  logE: z.number().describe('natural log of the e-value against the declared split; failed at or above ln(1/alpha)'),
  logLambdaHigh: z
    .number()
    .describe('worst log likelihood ratio of the +margin alternatives; accepted at or below -ln(1/beta)'),
  logLambdaLow: z.number(),
});

/** One judged split: one client path (ingress, in-mesh, direct) in one phase. */
export const splitSchema = z.strictObject({
  id: z.string(),
  claimId: z.string(),
  title: z.string(),
  path: z.enum(['ingress', 'mesh', 'direct']),
  outcome: outcomeSchema,
  reason: z
    .string()
    .describe('stable code such as within-margin, e-value, forbidden-arm, cap-reached, too-many-unsigned'),
  sentence: z.string(),
  arms: z.array(arm),
  samples: z.int().describe('requests judged: finished, start-ordered, attributed or counted against a pass'),
  unattributed: z.int(),
  errors: z.int(),
  alpha: z.number(),
  beta: z.number(),
  margin: z.number(),
  excludedDrift: share
    .optional()
    .describe('acceptance tests inverted: no share is off by this much or more, at error rate beta'),
  design: z
    .literal('fixed-sample')
    .optional()
    .describe('shares were accepted once, where the stretch ended, and not at any look'),
  cap: z.int(),
  fixedSampleSize: z.int().describe('requests a fixed-n test with the same error rates would need'),
  failLogE: z.number(),
  acceptLogLambda: z.number(),
  trajectory: z.array(sequentialPoint),
  guards: z.array(
    z.strictObject({
      name: z.string(),
      outcome: outcomeSchema,
      pValue: z.number().optional(),
      tendency: z.enum(['together', 'alternating']).optional().describe('of a guard that tripped'),
      sentence: z.string(),
    }),
  ),
  startedAt: unixMs,
  decidedAt: unixMs,
  requestsPerSecond: z.number(),
  latencyMs: z.strictObject({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }).optional(),
});
