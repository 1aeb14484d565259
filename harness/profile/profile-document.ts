/**
 * The document `profile.yaml`, version v1alpha1: what people write. The code works with `Profile` (profile.ts), never
 * with this. Unknown fields are refused; every default is here or in budgets.ts.
 */
import { z } from 'zod';
import { BUDGET_NAMES, BUDGETS, type BudgetName, durationText } from '../documents/budgets.ts';
import {
  claimBase,
  claimId,
  dnsLabel,
  insidePath,
  namedRef,
  objectRef,
  rate,
  text,
  trafficPath,
} from '../documents/document-atoms.ts';
import { deliveryClaims } from './delivery-claims.ts';
import { rolloutClaims } from './rollout-claims.ts';

export const PROFILE_API_VERSION = 'canaryproof.dev/v1alpha1';
export const ASSURANCE_LEVELS = ['smoke', 'default', 'nightly'] as const;
const DEFAULT_IDENTIFY = 'header:x-canaryproof-hops';

const weights = z
  .record(z.string().min(1), z.int('must be a whole number').min(0).max(100))
  .refine((value) => Object.values(value).reduce((sum, weight) => sum + weight, 0) === 100, {
    error: (issue) => `must sum to 100, but sum to ${sumOf(issue.input)}`,
  })
  .describe('subset of the split -> weight; all of them, summing to 100');

function sumOf(input: unknown): number {
  return Object.values(input as Record<string, number>).reduce((sum, weight) => sum + weight, 0);
}

const splitRef = claimId.describe('id of a traffic-split claim of this profile');

const claim = z.discriminatedUnion('kind', [
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('traffic-split'),
      virtualService: namedRef.describe('declares the weights; they are read from Git and never written here'),
      service: text.describe('service in the chain of hops whose version says which arm answered'),
      paths: z.array(trafficPath).min(1, 'must name at least one client path'),
    })
    .describe('clients of each path receive the shares that the VirtualService declares'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('gitops-application'),
      deleteObject: objectRef.describe('deleted by hand; must return'),
      drift: z
        .strictObject({ split: splitRef, weights })
        .describe('written by hand into the VirtualService of that split; must be healed'),
      removeFromGit: objectRef.describe('removed by a commit; must go, and return when the commit is reverted'),
    })
    .describe('the Application is Synced and Healthy, heals itself and prunes'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('traffic-by-commit'),
      split: splitRef,
      path: z.enum(['ingress', 'mesh']).default('ingress').describe('which path of that split is observed'),
      weights,
    })
    .describe('a commit that only changes weights moves the observed shares and touches no pod'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('recurse-pitfall'),
      trialApplication: dnsLabel
        .optional()
        .describe('default: <application>-no-recurse; made and removed by the claim'),
    })
    .describe('an Application with directory.recurse off is Synced and applies nothing; the harness must notice'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('sidecars'),
      container: text.default('istio-proxy'),
      namespaces: z.array(dnsLabel).min(1).optional().describe('default: every namespace with istioInjection'),
      outsideMesh: z.array(dnsLabel).default(['argocd']).describe('namespaces in which no pod may have the container'),
    })
    .describe('every pod is ready with its sidecar'),
  z
    .strictObject({
      ...claimBase,
      kind: z.literal('prometheus-agrees'),
      split: splitRef,
      reporter: z
        .enum(['source', 'destination'])
        .default('destination')
        .describe('destination: versions are the labels of the answering pods, however the subsets are named'),
    })
    .describe('the share that clients counted and the share in istio_requests_total agree'),
  ...rolloutClaims,
  ...deliveryClaims,
]);

const budgets = z.strictObject(
  Object.fromEntries(
    BUDGET_NAMES.map((name) => [
      name,
      durationText.optional().describe(`${BUDGETS[name].bounds} (default ${BUDGETS[name].default})`),
    ]),
  ) as Record<BudgetName, z.ZodOptional<typeof durationText>>,
);

const load = z.strictObject({
  assurance: z
    .enum(ASSURANCE_LEVELS)
    .default('default')
    .describe('error rates and margin of each split verdict; the command line may override it'),
  ratePerSecond: z
    .strictObject({ ingress: rate.default(200), mesh: rate.default(400) })
    .prefault({})
    .describe('requests per second that are offered on paths without a rate of their own'),
  maxDuration: durationText.default('2m').describe('longest load for one path; undecided by then is inconclusive'),
  requestTimeout: durationText.default('5s'),
  newConnectionPerRequest: z.boolean().default(false),
  identify: text
    .default(DEFAULT_IDENTIFY)
    .describe('how the chain of hops is read: header:NAME, json:PATH or regex:PATTERN'),
});

export const profileDocumentSchema = z
  .strictObject({
    apiVersion: z.literal(PROFILE_API_VERSION),
    kind: z.literal('Profile'),
    name: dnsLabel,
    title: text,
    description: text.optional(),
    addons: z
      .array(z.enum(['istio', 'argocd', 'prometheus', 'argo-rollouts', 'alertmanager', 'metrics-server']))
      .default(['istio', 'argocd', 'prometheus']),
    namespaces: z
      .array(z.strictObject({ name: dnsLabel, istioInjection: z.boolean().default(true) }))
      .min(1, 'must name at least one namespace')
      .describe('made before the Application is applied; the first one is the default of every reference'),
    source: z
      .strictObject({
        directory: insidePath.optional().describe('folder of this profile whose files become the Git repository'),
        files: z
          .array(
            z.strictObject({
              component: dnsLabel.describe('pinned component that brings the file, such as istio'),
              path: insidePath.describe("the file's path below the component's data"),
              as: insidePath.describe('its path in the Git repository'),
            }),
          )
          .default([])
          .describe('files added unmodified from the data that a component brings'),
        application: insidePath.describe(
          'the Argo CD Application manifest in that repository; its repoURL is replaced by the URL of the run',
        ),
      })
      .describe('what Git holds when the run begins'),
    images: z
      .array(
        z.strictObject({
          image: text.describe('full reference, or one ending in *'),
          standIn: z
            .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be an environment variable name'), z.string())
            .refine((environment) => 'SERVICE' in environment && 'VERSION' in environment, {
              error: 'must set SERVICE and VERSION, by which the stand-in names itself',
            }),
        }),
      )
      .default([])
      .describe(
        'images that the local provider replaces by the stand-in workload, with its environment; {tag} in a value is the tag of the image',
      ),
    load: load.prefault({}),
    budgets: budgets.default({}),
    claims: z.array(claim).min(1, 'must hold at least one claim'),
  })
  .meta({ title: 'canaryproof Profile', id: `${PROFILE_API_VERSION}/Profile` });

/** As checked, defaults filled in, durations still text and references not yet resolved. */
export type ProfileDocument = z.output<typeof profileDocumentSchema>;
export type ClaimDocument = ProfileDocument['claims'][number];
