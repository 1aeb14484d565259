/** Whole pages in a browser: how many broke on each route, and what a broken one was made of. */
import { z } from 'zod';
import { outcomeSchema, share, unixMs } from './split-report.ts';

const counted = z.strictObject({
  count: z.int(),
  share,
  low: share.describe('of a sequence that covers the truth at every look'),
  high: share,
});

const pageRoute = z.strictObject({
  name: z.string().describe('as declared, or the name of the remedy'),
  host: z.string(),
  expected: z.strictObject({
    kind: z.enum(['derived', 'at-most']),
    share,
    margin: z.number().describe('band around a derived share; what a pass excludes above a limit'),
  }),
  loads: z.int().describe('page loads judged: whole and broken ones'),
  broken: counted,
  lost: z.int().describe('without an answer, or with an error of a proxy; in no share'),
  users: z.array(z.strictObject({ version: z.string(), declared: share, ...counted.shape })),
  usersJudged: z.boolean().describe('whether the shares of users decide, too'),
  outcome: outcomeSchema,
  reason: z.string(),
  alpha: z.number(),
  beta: z.number(),
  confidence: z.number().describe('of the intervals'),
  startedAt: unixMs,
  endedAt: unixMs,
});

const part = z.strictObject({
  url: z.string().describe('path and query'),
  kind: z.string(),
  status: z.int().describe('0: no answer'),
  version: z.string().nullable(),
  startMs: z.number().describe('since the load began'),
  endMs: z.number(),
  isCulprit: z.boolean().describe('the part for which the load counts as broken'),
});

const filmedLoad = z.strictObject({
  title: z.string(),
  url: z.string(),
  verdict: z.enum(['whole', 'broken', 'not-served']),
  version: z.string(),
  parts: z.array(part),
  frames: z.array(
    z.strictObject({
      atMs: z.number(),
      jpeg: z
        .string()
        .regex(/^[A-Za-z0-9+/]+=*$/)
        .describe('base64'),
    }),
  ),
});

/** P12: page loads of one claim. */
export const pageSchema = z.strictObject({
  claimId: z.string(),
  title: z.string(),
  browser: z.string(),
  assets: z.int().describe('requests of a whole page beside itself'),
  routes: z.array(pageRoute),
  films: z.array(filmedLoad),
});

export type PageReport = z.infer<typeof pageSchema>;
export type PageRouteReport = PageReport['routes'][number];
export type FilmedLoad = PageReport['films'][number];
