/** Traces of single requests, as proxies reported them: which service asked which, when, and in which version. */
import { z } from 'zod';

const span = z.strictObject({
  id: z.string(),
  parentId: z.string().nullable(),
  name: z.string().describe('service and version, as the mesh calls them'),
  kind: z.enum(['answers', 'asks']),
  pod: z.string(),
  startMs: z.number().describe('since the first span began'),
  durationMs: z.number(),
});

/** P13: one trace of a claim; a wrong one where there is any. */
export const traceSchema = z.strictObject({
  claimId: z.string(),
  title: z.string(),
  traceId: z.string(),
  problem: z.string().nullable().describe('what is wrong with it'),
  spans: z.array(span).describe('in the order in which they began, each behind the one that caused it'),
});

export type TraceReport = z.infer<typeof traceSchema>;
