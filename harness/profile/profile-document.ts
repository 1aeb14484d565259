/**
 * The document `profile.yaml`, version v1alpha1: what people write. The code works with `Profile` (profile.ts), never
 * with this. Unknown fields are refused; every default is here or in budgets.ts.
 */

import { z } from 'zod';
import { CLAIM_KINDS, type ClaimDocument } from '../claims/declarations.ts';
import { ASSURANCE_LEVELS } from '../documents/assurance.ts';
import { BUDGET_NAMES, BUDGETS, type BudgetName, durationText } from '../documents/budgets.ts';
import { dnsLabel, insidePath, rate, text } from '../documents/document-atoms.ts';
import { IDENTIFY_FORMS } from '../documents/identify-kinds.ts';
import { clusterBlock } from './cluster-block.ts';
import { simulationBlock } from './simulation-block.ts';

export const PROFILE_API_VERSION = 'canaryproof.dev/v1alpha1';
const DEFAULT_IDENTIFY = 'header:x-canaryproof-hops';

/** Over HTTP a user name or a query may be a token; elsewhere (`ssh://git@host`) only a password is one. */
const HOLDS_SECRET = /^(https?:(\/*[^/?#]*@|[^#]*\?)|[a-z][a-z\d+.-]*:\/\/+[^/?#]*:[^/?#]*@)/i;

/** A union of every kind; its options stay what they are, so that problems name their fields. */
const claim = z.discriminatedUnion(
  'kind',
  // each schema has a literal `kind`, which the type of a mapped list does not show
  CLAIM_KINDS.map(({ schema, summary }) => schema.describe(summary)) as never,
) as z.ZodType<ClaimDocument>;

const budgets = z.strictObject(
  Object.fromEntries(
    BUDGET_NAMES.map((name) => [
      name,
      durationText.optional().describe(`${BUDGETS[name].bounds} (default ${BUDGETS[name].default})`),
    ]),
  ) as Record<BudgetName, z.ZodOptional<typeof durationText>>,
);

const referencedSource = z
  .strictObject({
    path: text.optional().describe('of the repository, relative to this profile; it is read as it lies there'),
    url: text
      .refine((url) => !HOLDS_SECRET.test(url), {
        error:
          'must hold no password (ssh://USER:PASSWORD@…), and over HTTP no user name and no query: anybody may read a profile',
      })
      .optional()
      .describe('of the repository, where it is no folder of this machine'),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}$/, 'must be a whole commit id of 40 hexadecimal digits')
      .optional()
      .describe('with url: the commit that is fetched'),
    unit: text.describe('what is proven, as lint names it: an Application, kustomization, chart or folder'),
    valueFiles: z
      .array(insidePath)
      .default([])
      .describe("of a chart: added after its own, relative to the repository's root"),
    overlay: insidePath
      .default('overlay.yaml')
      .describe('file of this profile with every change made to what the unit renders'),
  })
  .refine(
    ({ path, url, commit }) =>
      (path === undefined) !== (url === undefined) && (url !== undefined) === (commit !== undefined),
    {
      error: 'must name either a path, or a url and a commit',
    },
  )
  .describe(
    "somebody else's repository, by reference: the unit is rendered with the pinned programs, changed as the overlay says, and committed as manifests/*.yaml",
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
  sideBySide: z
    .boolean()
    .default(false)
    .describe('claims in a row that work on copies of the application (rollbacks, undo …) are judged at the same time'),
  identify: text.default(DEFAULT_IDENTIFY).describe(`how an answer tells who gave it: ${IDENTIFY_FORMS}`),
});

const program = z
  .strictObject({
    command: z
      .tuple([text], z.string())
      .describe(
        'program and arguments; a name without a slash is looked up on PATH, one with a slash in the directory',
      ),
    directory: text
      .default('.')
      .describe("relative to the profile's folder, ../ allowed; read-only, and the working directory"),
    environment: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be an environment variable name'), z.string())
      .default({})
      .describe("wins over the manifest's, but for the VERSION of a trial's copy"),
    port: z.int().min(1).max(65_535).optional().describe('sets PORT'),
  })
  .describe('your own program, as a process of this machine; --provider local only');

export const profileDocumentSchema = z
  .strictObject({
    apiVersion: z.literal(PROFILE_API_VERSION),
    kind: z.literal('Profile'),
    name: dnsLabel,
    title: text,
    description: text.optional(),
    addons: z
      .array(
        z.enum([
          ...['istio', 'argocd', 'prometheus', 'argo-rollouts'],
          ...['alertmanager', 'metrics-server', 'jaeger', 'kyverno', 'registry', 'unleash'],
        ] as const),
      )
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
        repository: referencedSource.optional(),
        application: insidePath.describe(
          'the Argo CD Application manifest in that repository; its repoURL is replaced by the URL of the run',
        ),
      })
      .describe('what Git holds when the run begins'),
    images: z
      .array(
        z.strictObject({
          image: text.describe('full reference, or one ending in *'),
          program: program.optional(),
          standIn: z
            .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be an environment variable name'), z.string())
            .refine((environment) => 'SERVICE' in environment && 'VERSION' in environment, {
              error: 'must set SERVICE and VERSION, by which the stand-in names itself',
            })
            .optional()
            .describe('the stand-in workload, with its variables'),
        }),
      )
      .refine(
        (images) => images.every(({ standIn, program: own }) => (standIn === undefined) !== (own === undefined)),
        {
          error: 'must each have either standIn or program',
        },
      )
      .default([])
      .describe(
        'images that the local provider replaces; in values {tag} is the tag of the image and, on local only, {hash} the hash of the pod template, {label:KEY} a label of the pod ({label:KEY:-OTHER} where it has none), {container} the name of the container',
      ),
    cluster: clusterBlock.optional(),
    load: load.prefault({}),
    budgets: budgets.default({}),
    simulation: simulationBlock.optional(),
    claims: z.array(claim).min(1, 'must hold at least one claim'),
  })
  .meta({ title: 'canaryproof Profile', id: `${PROFILE_API_VERSION}/Profile` });

/** As checked, defaults filled in, durations still text and references not yet resolved. */
export type ProfileDocument = z.output<typeof profileDocumentSchema>;
