/** The block `simulation` of a profile: what `simulate` and `plan` know of its traffic without being told on the command line. */
import { z } from 'zod';
import { durationText, durationToMs } from '../documents/budgets.ts';
import { rate, text } from '../documents/document-atoms.ts';

const share = z.number().min(0, 'must be at least 0').max(1, 'must be at most 1: shares are 0 to 1');
const positiveShare = z.number().positive('must be above 0').max(1, 'must be at most 1: shares are 0 to 1');
const latency = z.strictObject({
  median: durationText,
  sigma: z.number().min(0, 'must be at least 0').max(10, 'must be at most 10'),
});

const badCanary = z
  .strictObject({
    name: text.optional().describe('in the report; default: its figures'),
    errorShare: positiveShare.optional().describe('of its answers'),
    pods: z.int().min(1).optional().describe('only one of so many pods is bad'),
    growsFor: durationText.optional().describe('a leak: gets there evenly within this time'),
    fromWeight: positiveShare.optional().describe('only while it is ordered this share of the traffic or more'),
    from: durationText.optional().describe('after the beginning of the release'),
    for: durationText.optional().describe('and is good again after this'),
    slowShare: positiveShare.optional().describe('of its answers take longer'),
    timesSlower: z.number().min(1).optional().describe('so many times (default 10)'),
  })
  .refine(({ errorShare, slowShare }) => errorShare !== undefined || slowShare !== undefined, {
    error: 'must have errorShare or slowShare',
  })
  .refine(
    ({ errorShare, pods, growsFor, fromWeight, from, for: lasting }) =>
      errorShare !== undefined || [pods, growsFor, fromWeight, from, lasting].every((value) => value === undefined),
    { error: 'has pods, growsFor, fromWeight, from or for, which are about errorShare' },
  )
  .refine(({ slowShare, timesSlower }) => slowShare !== undefined || timesSlower === undefined, {
    error: 'has timesSlower, which is about slowShare',
  });

export const simulationBlock = z
  .strictObject({
    rollout: text.optional().describe('name; needed where several are rendered'),
    unit: text.optional().describe('what renders it, as lint names it'),
    ratePerSecond: z
      .strictObject({
        usual: rate,
        quiet: rate.optional().describe('when releases meet the fewest requests, such as at night'),
        peak: rate.optional(),
      })
      .describe('requests of both versions together'),
    errorShare: share.default(0).describe('of a good version'),
    fano: z
      .number()
      .refine((value) => value === 0 || value >= 1, { error: 'must be 1 or more, or 0 for evenly spaced errors' })
      .optional()
      .describe('variance over mean of the errors of one scrape interval: 1 independent, more in bursts'),
    arrivals: z.enum(['poisson', 'paced']).default('poisson'),
    latency: latency.optional().describe('lognormal, of a good version (default median 80ms, sigma 0.5)'),
    scrape: durationText.default('15s').describe("Prometheus' scrape interval"),
    scrapeLoss: z
      .number()
      .min(0, 'must be at least 0')
      .lt(1, 'must be below 1: shares are 0 to 1')
      .default(0)
      .describe('share of the scrapes that fail'),
    users: z
      .strictObject({
        count: z.int().min(1),
        requests: z.number().positive('must be above 0').describe('of each within that time'),
        within: durationText.optional().describe('default: a release that is promoted'),
      })
      .optional()
      .describe('for how many of them meet a canary'),
    approveAfter: durationText.default('1m').describe('a human ends a pause without duration after this'),
    treatAs: z
      .record(text, z.enum(['pass', 'ignore']))
      .default({})
      .describe('metrics that cannot be simulated'),
    bad: z.array(badCanary).default([]).describe('canaries that the policy should stop'),
    maxFalse: positiveShare.optional().describe('accepted share of good canaries that are stopped'),
    maxMiss: positiveShare.optional().describe('accepted share of bad canaries that are promoted'),
  })
  .describe('what is known of the traffic that releases meet, for simulate and plan');

export const TRAFFIC_LEVELS = ['usual', 'quiet', 'peak'] as const;
export type TrafficLevel = (typeof TRAFFIC_LEVELS)[number];

/** Times in milliseconds, shares 0 to 1. */
export interface SimulationBlock {
  readonly rollout: string | undefined;
  readonly unit: string | undefined;
  readonly ratePerSecond: Readonly<Record<TrafficLevel, number | undefined>>;
  readonly errorShare: number;
  readonly fano: number | undefined;
  readonly arrivals: 'poisson' | 'paced';
  readonly latency: { readonly medianMs: number; readonly sigma: number } | undefined;
  readonly scrapeIntervalMs: number;
  readonly scrapeLoss: number;
  readonly users:
    | { readonly count: number; readonly requests: number; readonly withinMs: number | undefined }
    | undefined;
  readonly approvalMs: number;
  readonly treatAs: Readonly<Record<string, 'pass' | 'ignore'>>;
  readonly bad: readonly ProfiledBadCanary[];
  readonly maxFalse: number | undefined;
  readonly maxMiss: number | undefined;
}

export interface ProfiledBadCanary {
  readonly name: string | undefined;
  /** Undefined: as a good one. */
  readonly errorShare: number | undefined;
  readonly slow: { readonly share: number; readonly times: number } | undefined;
  readonly fault: {
    readonly pods?: number;
    readonly growsForMs?: number;
    readonly fromWeight?: number;
    readonly fromMs?: number;
    readonly untilMs?: number;
  };
}

const TIMES_SLOWER = 10;

export function resolveSimulation(block: z.output<typeof simulationBlock>): SimulationBlock {
  const { scrape, approveAfter, latency: good, ratePerSecond, bad, users, ...rest } = block;
  return {
    ...rest,
    rollout: block.rollout,
    unit: block.unit,
    fano: block.fano,
    maxFalse: block.maxFalse,
    maxMiss: block.maxMiss,
    ratePerSecond: { usual: ratePerSecond.usual, quiet: ratePerSecond.quiet, peak: ratePerSecond.peak },
    latency: good && { medianMs: durationToMs(good.median)!, sigma: good.sigma },
    scrapeIntervalMs: durationToMs(scrape)!,
    users: users && {
      count: users.count,
      requests: users.requests,
      withinMs: users.within === undefined ? undefined : durationToMs(users.within)!,
    },
    approvalMs: durationToMs(approveAfter)!,
    bad: bad.map(resolveBad),
  };
}

function resolveBad(bad: z.output<typeof badCanary>): ProfiledBadCanary {
  const { name, errorShare, slowShare, timesSlower = TIMES_SLOWER, pods, fromWeight } = bad;
  const ms = (written: string | undefined) => (written === undefined ? undefined : durationToMs(written)!);
  const fromMs = ms(bad.from);
  const lastingMs = ms(bad.for);
  const growsForMs = ms(bad.growsFor);
  return {
    name,
    errorShare,
    slow: slowShare === undefined ? undefined : { share: slowShare, times: timesSlower },
    fault: {
      ...(pods === undefined ? {} : { pods }),
      ...(growsForMs === undefined ? {} : { growsForMs }),
      ...(fromWeight === undefined ? {} : { fromWeight }),
      ...(fromMs === undefined ? {} : { fromMs }),
      ...(lastingMs === undefined ? {} : { untilMs: (fromMs ?? 0) + lastingMs }),
    },
  };
}
