/** Rollouts and rollback thresholds in the report: analyses, boundary pairs, latency, errors, and the way back. */
import { z } from 'zod';

const unixMs = z.number();
const outcome = z.enum(['passed', 'failed', 'inconclusive', 'invalid']);
const track = z.enum(['stable', 'canary']);

/** P5: requests per cell of time and latency, stable and canary. */
export const heatMapSchema = z.strictObject({
  title: z.string(),
  limitMs: z.number().optional().describe('declared latency limit, drawn as a line'),
  bounds: z
    .array(z.number())
    .describe('ascending latency bounds in ms; column c of a bin counts (bounds[c-1], bounds[c]]'),
  tracks: z.array(
    z.strictObject({
      track,
      bins: z.array(
        z.strictObject({
          startMs: unixMs,
          endMs: unixMs,
          counts: z.array(z.int()).describe('one more than bounds: the last counts what is above'),
          errors: z.int(),
          p50: z.number().optional(),
          p95: z.number().optional(),
          p99: z.number().optional(),
        }),
      ),
    }),
  ),
});

/** P6: latency by quantile, with order-statistic intervals. */
export const percentilesSchema = z.strictObject({
  title: z.string(),
  limits: z.array(z.strictObject({ quantile: z.number(), ms: z.number() })),
  tracks: z.array(
    z.strictObject({
      track,
      n: z.int(),
      points: z.array(
        z.strictObject({
          quantile: z.number(),
          ms: z.number(),
          low: z.number().optional(),
          high: z.number().optional().describe('absent where n is too small for this quantile'),
        }),
      ),
    }),
  ),
});

/** P7: every request that was not answered well, by response flag and phase. */
export const errorLedgerSchema = z.strictObject({
  title: z.string(),
  sent: z.int(),
  budget: z.int().describe('lost requests allowed'),
  rows: z.array(
    z.strictObject({
      phase: z.string().describe('such as promote, abort, undo'),
      track: z.string().describe('stable, canary or unknown'),
      status: z.int().describe('0: no answer'),
      flag: z.string().describe("Envoy's response flag (UH, NC, NR, UC, DC ...), or what the client saw"),
      meaning: z.string(),
      injected: z.boolean().describe('an error that the run made on purpose is not a lost request'),
      count: z.int(),
      firstMs: unixMs,
      lastMs: unixMs,
    }),
  ),
});

/** P8: from the fault to the last answer of the canary. Times in order; a missing one did not happen. */
export const waterfallSchema = z.strictObject({
  title: z.string(),
  rollout: z.string(),
  outcome: outcome,
  events: z.array(
    z.strictObject({
      name: z.enum([
        'fault-injected',
        'metric-crosses',
        'measurement-failed',
        'analysis-failed',
        'aborted',
        'weight-zero-declared',
        'weight-zero-acknowledged',
        'last-canary-answer',
        'canary-pods-gone',
        'commit-status-posted',
      ]),
      atMs: unixMs,
      detail: z.string(),
      budgetMs: z.number().optional().describe('how long after the event before it this may come'),
    }),
  ),
  proxies: z.array(z.strictObject({ proxy: z.string(), acknowledgedAtMs: unixMs.optional() })),
  badAnswers: z.int().describe('answers by the canary while the fault was on that were errors or too slow'),
  canaryAnswers: z.int(),
  distinctUsers: z.int().optional(),
  requests: z.int(),
});

/** One measurement of an AnalysisRun beside what the oracle makes of the same samples. */
const measurement = z.strictObject({
  atMs: unixMs,
  phase: z.string().describe("Argo's: Successful, Failed, Inconclusive, Error"),
  value: z.string(),
  oraclePhase: z.string().optional(),
  oracleValue: z.string().optional(),
  agrees: z.boolean().optional().describe('absent: the oracle could not be asked'),
});
export const analysisSchema = z.strictObject({
  run: z.string(),
  rollout: z.string(),
  metric: z.string(),
  query: z.string(),
  condition: z.string(),
  phase: z.string(),
  oraclePhase: z.string().optional(),
  measurements: z.array(measurement),
});

/** One run of a boundary pair. */
export const boundarySchema = z.strictObject({
  claimId: z.string(),
  name: z.string().describe('such as success-rate-inside'),
  declared: z.string().describe('the limit as declared, such as success rate >= 0.99'),
  injected: z.string().describe('level or duration, such as 22/2250 errors (0.978 %)'),
  side: z.enum(['inside', 'outside', 'special']),
  level: z
    .strictObject({
      limit: z.number(),
      injected: z.number(),
      unit: z.string(),
      bad: z.enum(['above', 'below']).describe('the side of the limit that must abort'),
    })
    .optional()
    .describe('limit and injection as numbers, where both are numbers'),
  expected: z.string().describe('promoted, aborted, paused or a sentence'),
  observed: z.string(),
  abortAfterMs: z.number().optional().describe('fault to abort'),
  lastCanaryAfterMs: z.number().optional().describe('abort to last answer of the canary'),
  lostRequests: z.int(),
  measurements: z.int(),
  oracleAgrees: z.int(),
  outcome: outcome,
  earlier: z
    .strictObject({ outcome, observed: z.string(), because: z.string().describe('why it was run once more') })
    .optional()
    .describe('the first try, which was invalid and does not count; a failed one is never run again'),
});

export type HeatMapReport = z.infer<typeof heatMapSchema>;
export type PercentilesReport = z.infer<typeof percentilesSchema>;
export type ErrorLedgerReport = z.infer<typeof errorLedgerSchema>;
export type WaterfallReport = z.infer<typeof waterfallSchema>;
export type AnalysisReport = z.infer<typeof analysisSchema>;
export type BoundaryReport = z.infer<typeof boundarySchema>;
