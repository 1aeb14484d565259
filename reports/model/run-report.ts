/**
 * The versioned document that every report writer reads and nothing else: `result.json` of a run directory.
 *
 * Writers format; they never compute a verdict. All times are Unix milliseconds, shares are 0 to 1.
 */
import { z } from 'zod';
import { capacitySchema } from './capacity-report.ts';
import { findingPointers, ledgerSchema } from './ledger-report.ts';
import { pageSchema } from './page-report.ts';
import {
  analysisSchema,
  boundarySchema,
  errorLedgerSchema,
  heatMapSchema,
  percentilesSchema,
  waterfallSchema,
} from './rollout-report.ts';
import { outcomeSchema, share, splitSchema, unixMs } from './split-report.ts';
import { traceSchema } from './trace-report.ts';

export const RUN_REPORT_SCHEMA_VERSION = '1';

export { outcomeSchema };

const component = z.strictObject({
  name: z.string(),
  version: z.string().describe('what the program says of itself'),
  origin: z.string().describe('such as "built from go module k8s.io/kubernetes@v1.35.4"'),
  sha256: z.string().optional(),
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
  repeatedAs: z
    .string()
    .optional()
    .describe('id of the load, at a lower rate, that was judged in the place of this one, on which no verdict rests'),
});

const finding = z.strictObject({
  code: z.string(),
  layer: z.enum(['git', 'controller', 'api', 'xds', 'observed', 'instrument', 'manifest']),
  severity: z.enum(['error', 'warning', 'info']),
  sentence: z.string(),
  where: z.string().optional(),
  hint: z.string().optional(),
  ...findingPointers,
});

const isPassed = ({ outcome }: z.infer<typeof claim>): boolean => outcome === 'passed';

export const runReportSchema = z
  .strictObject({
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
    splits: z.array(splitSchema),
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
    pages: z.array(pageSchema).optional(),
    traces: z.array(traceSchema).optional(),
    appendix: z.strictObject({
      manifests: z.array(z.strictObject({ path: z.string(), sha256: z.string(), text: z.string() })),
      k6Options: z.array(z.strictObject({ phase: z.string(), json: z.string() })),
      files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
      formulas: z.array(z.strictObject({ name: z.string(), text: z.string() })),
      phases: z.array(z.strictObject({ name: z.string(), startedAt: unixMs, durationMs: z.number() })),
      notEnforced: z.array(z.string()).describe('manifest features the provider does not enforce'),
    }),
  })
  // the exit code is read off the one, JUnit and annotations off the others
  .refine(({ outcome, claims }) => outcome !== 'passed' || (claims.length > 0 && claims.every(isPassed)), {
    path: ['outcome'],
    message: 'it is passed, and not every claim is',
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
