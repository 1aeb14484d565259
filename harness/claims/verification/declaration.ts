/** Claim kind `verification`: smoke tests, service-level objectives, and no slower than the run before. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { released, share } from '../../documents/claim-atoms.ts';
import { claimBase, trafficPath, urlPath } from '../../documents/document-atoms.ts';
import type { ClaimBase, TrafficPath } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface VerificationClaim extends ClaimBase {
  readonly kind: 'verification';
  readonly service: string;
  readonly path: TrafficPath;
  readonly smoke: readonly { readonly path: string; readonly status: number }[];
  readonly lastingMs: number;
  readonly objectives: { readonly successShare: number; readonly quantile: number; readonly limitMs: number };
  readonly baseline: { readonly slowerBy: number };
}

export const verification = claimKind({
  kind: 'verification',
  summary: 'smoke tests, service-level objectives, and no slower than the run before',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('verification'),
    service: released.service,
    path: trafficPath,
    smoke: z
      .array(z.strictObject({ path: urlPath, status: z.int().min(100).max(599).default(200) }))
      .min(1, 'must hold at least one request')
      .describe('asked once each at the host of the path'),
    lasting: durationText.default('20s').describe('load for the objectives and the comparison'),
    objectives: z.strictObject({
      successShare: share.describe('least share of answers below 500'),
      quantile: share.default(0.95),
      limitMs: z.number().positive().describe('that the quantile of latency must be below'),
    }),
    baseline: z
      .strictObject({ slowerBy: z.number().min(0).default(0.5) })
      .prefault({})
      .describe('the quantile may be this share slower than in the last run of the profile in which the claim passed'),
  }),
  resolve: ({ id, title, kind, service, smoke, objectives, baseline, ...claim }, { pathOf }): VerificationClaim => ({
    ...{ id, title, kind, service, smoke, objectives, baseline },
    path: pathOf(claim.path),
    lastingMs: durationToMs(claim.lasting)!,
  }),
  paths: ({ path }) => [path],
});
