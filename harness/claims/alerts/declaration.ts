/** Claim kind `alerts`: every rule notifies about its own fault, and about no other. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { released, releaseOf } from '../../documents/claim-atoms.ts';
import { claimBase, insidePath, text, trafficPath } from '../../documents/document-atoms.ts';
import type { ClaimBase, NamedRef, Release, TrafficPath } from '../../documents/references.ts';
import { ALERT_RECEIVER_ADDRESS } from '../../documents/shared-places.ts';
import { claimKind } from '../claim-kind.ts';

export type AlertFault =
  | { readonly kind: 'behaviour'; readonly change: Readonly<Record<string, unknown>> }
  | { readonly kind: 'outage' }
  | { readonly kind: 'release'; readonly release: Release };

export interface AlertCase {
  readonly alert: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly fault: AlertFault;
}

export interface AlertsClaim extends ClaimBase {
  readonly kind: 'alerts';
  readonly application: string;
  readonly rollout: NamedRef;
  readonly path: TrafficPath;
  readonly cases: readonly AlertCase[];
  readonly firesWithinMs: number;
  readonly resolvesWithinMs: number;
}

const alertFault = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('behaviour'),
      change: z
        .record(z.string(), z.union([z.number(), z.string()]))
        .describe('behaviour document of the stand-in workload'),
    })
    .describe('every pod of the Rollout misbehaves'),
  z
    .strictObject({ kind: z.literal('outage') })
    .describe('the Rollout is scaled to nothing, with automated sync suspended'),
  z
    .strictObject({ kind: z.literal('release'), release: releaseOf('a release') })
    .describe('a tag is committed, and the commit reverted later'),
]);

export const alerts = claimKind({
  kind: 'alerts',
  summary: 'every rule notifies the receiver of its severity about its own fault, and about no other',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('alerts'),
    application: insidePath.describe('manifest of the Application that brings the alert rules'),
    rollout: released.rollout,
    path: trafficPath,
    cases: z
      .array(
        z.strictObject({
          alert: text.describe('name of the rule'),
          severity: z.enum(['critical', 'warning', 'info']),
          fault: alertFault,
        }),
      )
      .min(1, 'must hold at least one case'),
    firesWithin: durationText.default('90s').describe('from the fault to the notification'),
    resolvesWithin: durationText.default('120s').describe('from the end of the fault to the notification of its end'),
  }),
  resolve: ({ id, title, kind, application, cases, ...claim }, { placed, pathOf }): AlertsClaim => ({
    ...{ id, title, kind, application, cases },
    rollout: placed(claim.rollout),
    path: pathOf(claim.path),
    firesWithinMs: durationToMs(claim.firesWithin)!,
    resolvesWithinMs: durationToMs(claim.resolvesWithin)!,
  }),
  paths: ({ path }) => [path],
  shared: () => [ALERT_RECEIVER_ADDRESS],
  addons: ['alertmanager', 'prometheus'],
});
