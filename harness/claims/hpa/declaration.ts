/** Claim kind `hpa`: pods are added under load and taken away after it, and no request is lost. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { released } from '../../documents/claim-atoms.ts';
import { claimBase, namedRef, rate, trafficPath } from '../../documents/document-atoms.ts';
import type { ClaimBase, NamedRef, TrafficPath } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface HpaClaim extends ClaimBase {
  readonly kind: 'hpa';
  readonly autoscaler: NamedRef;
  readonly rollout: NamedRef;
  readonly service: string;
  readonly path: TrafficPath;
  readonly scalesOutWithinMs: number;
  readonly scalesInWithinMs: number;
}

export const hpa = claimKind({
  kind: 'hpa',
  summary: 'pods are added under load and taken away after it, and no request is lost',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('hpa'),
    autoscaler: namedRef.describe('HorizontalPodAutoscaler of the Rollout'),
    ...released,
    path: trafficPath,
    ratePerSecond: rate.describe('that needs more pods than the minimum'),
    scalesOutWithin: durationText.default('3m'),
    scalesInWithin: durationText.default('5m'),
  }),
  resolve: ({ id, title, kind, service, ratePerSecond, ...claim }, { placed, pathOf }): HpaClaim => ({
    ...{ id, title, kind, service },
    autoscaler: placed(claim.autoscaler),
    rollout: placed(claim.rollout),
    path: { ...pathOf(claim.path), ratePerSecond },
    scalesOutWithinMs: durationToMs(claim.scalesOutWithin)!,
    scalesInWithinMs: durationToMs(claim.scalesInWithin)!,
  }),
  paths: ({ path }) => [path],
  addons: ['argo-rollouts', 'metrics-server'],
});
