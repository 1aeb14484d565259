/**
 * Claims about how a change is delivered, as people write them: from a commit to its environment, past its checks and
 * its alerts. delivery-claim.ts makes them ready for use.
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
const release = z.strictObject({
  file: insidePath.describe('Kustomization in Git that names the image tag'),
  image: text.describe('name of the image as the Kustomization has it'),
  tag: text.describe('committed to start a release'),
  version: text.describe('how pods of that tag name themselves'),
});
const rollout = namedRef.describe('the Argo Rollouts Rollout that is released');
const service = text.describe('service in the chain of hops whose version says which release answered');

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
  z.strictObject({ kind: z.literal('release'), release }).describe('a tag is committed, and the commit reverted later'),
]);

export const deliveryClaims = [
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('image-tag-commit'),
      rollout,
      service,
      release,
      path: trafficPath,
      limit: durationText.default('3m').describe('from the push to the first answer of the new version'),
    })
    .describe('a commit of an image tag is seen by Argo CD and starts a canary; the commit is reverted afterwards'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('overlays'),
      overlays: z
        .array(
          z.strictObject({
            path: insidePath.describe('folder of the overlay'),
            application: insidePath.describe('manifest of the Application that deploys it'),
            approval: z.enum(['automatic', 'manual']).describe('manual: no automated sync, somebody has to'),
          }),
        )
        .min(2, 'must name at least two overlays'),
      mayDiffer: z
        .array(
          z.strictObject({
            kind: text.describe('of the object; * for any'),
            path: text.optional().describe('field, dots between its parts; left out: the object as a whole'),
          }),
        )
        .describe('everything in which overlays may differ; each entry must be a difference somewhere'),
    })
    .describe('every overlay renders, differs from the others only as declared, and is deployed as declared'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('alerts'),
      application: insidePath.describe('manifest of the Application that brings the alert rules'),
      rollout,
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
    })
    .describe('every rule notifies the receiver of its severity about its own fault, and about no other'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('verification'),
      service,
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
        .describe('the quantile may be this share slower than in the last finished run of the profile'),
    })
    .describe('smoke tests, service-level objectives, and no slower than the run before'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('hpa'),
      autoscaler: namedRef.describe('HorizontalPodAutoscaler of the Rollout'),
      rollout,
      service,
      path: trafficPath,
      ratePerSecond: rate.describe('that needs more pods than the minimum'),
      scalesOutWithin: durationText.default('3m'),
      scalesInWithin: durationText.default('5m'),
    })
    .describe('pods are added under load and taken away after it, and no request is lost'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('environments'),
      applicationSet: insidePath.describe('manifest of the ApplicationSet'),
      environments: z
        .array(
          z.strictObject({
            application: dnsLabel.describe('name of the Application that the set makes'),
            namespace: dnsLabel,
            branch: text,
            rollout,
            release: release.omit({ version: true }).describe('what a merge into that branch changes'),
          }),
        )
        .min(2, 'must name at least two environments'),
    })
    .describe('one Application for each environment; a merge into a branch moves exactly that environment'),
] as const;

export type DeliveryClaimDocument = z.output<(typeof deliveryClaims)[number]>;
