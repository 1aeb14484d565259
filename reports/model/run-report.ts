/**
 * The versioned document that every report writer reads and nothing else: `result.json` of a run directory.
 *
 * Writers format; they never compute a verdict. All times are Unix milliseconds, shares are 0 to 1.
 */
import { z } from 'zod';
import { capacitySchema } from './capacity-report.ts';
import { findingPointers, ledgerSchema } from './ledger-report.ts';
import {
  analysisSchema,
  boundarySchema,
  errorLedgerSchema,
  heatMapSchema,
  percentilesSchema,
  waterfallSchema,
} from './rollout-report.ts';

export const RUN_REPORT_SCHEMA_VERSION = '1';

const unixMs = z.number();
const share = z.number().min(0).max(1);
export const outcomeSchema = z.enum(['passed', 'failed', 'inconclusive', 'invalid']);

const interval = z.strictObject({ low: share, high: share, confidence: z.number() });

const component = z.strictObject({
  name: z.string(),
  version: z.string().describe('what the program says of itself'),
  origin: z.string().describe('such as "built from go module k8s.io/kubernetes@v1.35.4"'),
  sha256: z.string().optional(),
});

/** P3: one row of the forest plot; one arm of one path of one step. */
const arm = z.strictObject({
  name: z.string(),
  declaredShare: share,
  count: z.int(),
  estimate: share,
  interval,
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
const split = z.strictObject({
  id: z.string(),
  claimId: z.string(),
  title: z.string(),
  path: z.enum(['ingress', 'mesh', 'direct']),
  outcome: outcomeSchema,
  reason: z.string().describe('stable code such as within-margin, e-value, forbidden-arm, cap-reached, no-requests'),
  sentence: z.string(),
  arms: z.array(arm),
  samples: z.int().describe('requests judged: finished, start-ordered, attributed or counted against a pass'),
  unattributed: z.int(),
  errors: z.int(),
  alpha: z.number(),
  beta: z.number(),
  margin: z.number(),
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

const claim = z.strictObject({
  id: z.string().describe('stable across renames, such as bookinfo/split-90-10'),
  title: z.string(),
  outcome: outcomeSchema,
  sentence: z.string().describe('one sentence with numbers and units'),
  details: z.array(z.strictObject({ label: z.string(), value: z.string() })),
  durationMs: z.number(),
});

/** P1: share of the canary arm per time bin, for one path. */
const shareSeries = z.strictObject({
  path: z.enum(['ingress', 'mesh', 'direct', 'prometheus', 'envoy']),
  arm: z.string(),
  bins: z.array(z.strictObject({ startMs: unixMs, endMs: unixMs, n: z.int(), share, low: share, high: share })),
});
const declaredStep = z.strictObject({
  atMs: unixMs,
  share,
  layer: z.enum(['git', 'api', 'xds']),
  source: z.string().describe('object, resourceVersion and writer'),
});
const timeline = z.strictObject({
  title: z.string(),
  arm: z.string(),
  object: z.string().optional().describe('object of the ledger that belongs to this timeline'),
  rollout: z.string().optional().describe('Rollout whose analyses belong to this timeline, as in analyses[].rollout'),
  steps: z
    .array(z.strictObject({ atMs: unixMs, label: z.string() }))
    .optional()
    .describe('when each step of the Rollout began'),
  declared: z.array(declaredStep),
  series: z.array(shareSeries),
  events: z.array(z.strictObject({ atMs: unixMs, lane: z.string(), label: z.string(), detail: z.string().optional() })),
});

/** P11: double entry for one load phase. Every figure counts requests. */
const books = z.strictObject({
  id: z.string(),
  title: z.string(),
  sent: z.int(),
  answeredByArm: z.array(z.strictObject({ arm: z.string(), count: z.int() })),
  errors: z.int(),
  unattributed: z.int(),
  interrupted: z.int().describe('in flight when the verdict stopped the load'),
  droppedIterations: z.int(),
  witnesses: z.array(
    z.strictObject({ name: z.string(), count: z.int(), difference: z.int(), explanation: z.string() }),
  ),
  generator: z.strictObject({
    cpuShare: z.number().describe('CPU seconds per wall second of the load generator process'),
    vusMax: z.int(),
    vusAllocated: z.int(),
    offeredPerSecond: z.number(),
    achievedPerSecond: z.number(),
  }),
  outcome: outcomeSchema,
  problems: z.array(z.string()),
  problemCodes: z.array(z.string()).optional().describe('stable code of each problem, in the same order'),
});

const finding = z.strictObject({
  code: z.string(),
  layer: z.enum(['git', 'api', 'xds', 'observed', 'instrument', 'manifest']),
  severity: z.enum(['error', 'warning', 'info']),
  sentence: z.string(),
  where: z.string().optional(),
  hint: z.string().optional(),
  ...findingPointers,
});

export const runReportSchema = z.strictObject({
  schemaVersion: z.literal(RUN_REPORT_SCHEMA_VERSION),
  run: z.strictObject({
    id: z.string(),
    kind: z.enum(['conform', 'assert-split', 'capacity']),
    startedAt: unixMs,
    finishedAt: unixMs,
    interrupted: z.boolean(),
    command: z.array(z.string()),
    reproduce: z.string(),
    seed: z.string(),
    gitRevision: z.string().optional(),
    host: z.strictObject({ system: z.string(), cpus: z.int(), memoryBytes: z.number() }),
  }),
  subject: z.strictObject({
    name: z.string().describe('profile name, or the URL of assert-split and capacity'),
    title: z.string(),
    provider: z.string().describe('local, kind, minikube, existing or none'),
    context: z.string().optional(),
    hash: z.string().describe('sha256 of what was declared'),
  }),
  outcome: outcomeSchema,
  headline: z.string().describe('the verdict in one sentence with numbers'),
  components: z.array(component),
  claims: z.array(claim),
  splits: z.array(split),
  timelines: z.array(timeline),
  books: z.array(books),
  findings: z.array(finding),
  // the defaults keep reports of runs from before these existed readable
  ledgers: z.array(ledgerSchema).default([]),
  heatMaps: z.array(heatMapSchema).default([]),
  percentiles: z.array(percentilesSchema).default([]),
  errorLedgers: z.array(errorLedgerSchema).default([]),
  waterfalls: z.array(waterfallSchema).default([]),
  analyses: z.array(analysisSchema).default([]),
  boundaries: z.array(boundarySchema).default([]),
  capacity: z.array(capacitySchema).optional(),
  appendix: z.strictObject({
    manifests: z.array(z.strictObject({ path: z.string(), sha256: z.string(), text: z.string() })),
    k6Options: z.array(z.strictObject({ phase: z.string(), json: z.string() })),
    files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
    formulas: z.array(z.strictObject({ name: z.string(), text: z.string() })),
    phases: z.array(z.strictObject({ name: z.string(), startedAt: unixMs, durationMs: z.number() })),
    notEnforced: z.array(z.string()).describe('manifest features the provider does not enforce'),
  }),
});

export type RunReport = z.infer<typeof runReportSchema>;
export type ClaimReport = RunReport['claims'][number];
export type SplitReport = RunReport['splits'][number];
export type TimelineReport = RunReport['timelines'][number];
export type BooksReport = RunReport['books'][number];
export type FindingReport = RunReport['findings'][number];

export type OutcomeReport = z.infer<typeof outcomeSchema>;

/** For runs that watched no cluster and no rollout. */
export const NO_CLUSTER_EVIDENCE = {
  ledgers: [],
  heatMaps: [],
  percentiles: [],
  errorLedgers: [],
  waterfalls: [],
  analyses: [],
  boundaries: [],
} satisfies Partial<RunReport>;
