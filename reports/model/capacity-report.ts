/** P9: a capacity search, its trials and what they answer. Rates are requests per second, shares 0 to 1. */
import { z } from 'zod';

const share = z.number().min(0).max(1);

const trial = z.strictObject({
  ratePerSecond: z.number(),
  phase: z
    .enum(['range', 'narrow', 'pool', 'ends', 'holds'])
    .describe('range and narrow guide; pool and ends judge; holds is the one long trial at a peak'),
  seconds: z.number(),
  requests: z.int().describe('due in the part that was looked at'),
  bad: z.int(),
  dropped: z.int(),
  share: share.describe('of bad answers, as observed'),
  estimate: share.describe('with half an event for bursts that were not seen; at least 0.9 in overload'),
  low: share.describe('95 % bar on the effective requests; for the picture, never for a verdict'),
  high: share,
  effectiveRequests: z.number(),
  designEffect: z.number(),
  tauSeconds: z.number().describe('relaxation time of the open requests'),
  p99Ms: z.number().optional(),
  generatorCpuShare: z.number(),
  machineIdleShare: share,
  guards: z.array(z.string()).describe('why the trial says nothing; empty when it counts'),
});

const estimate = z.strictObject({
  value: z.number().optional().describe('missing: the answer never came'),
  low: z.number().optional().describe('missing: too few answers to bound it'),
  high: z.number().optional(),
});
const compared = { stable: estimate, canary: estimate, difference: estimate.describe('canary less stable') };

const against = z.strictObject({
  url: z.string().describe('of the canary'),
  ratePerSecond: z.number().optional().describe('of every trial; missing: stable holds no rate'),
  confidence: z.number(),
  guards: z.array(z.string()).describe('why nothing is compared; empty when it is'),
  trials: z.array(
    z.strictObject({
      arm: z.enum(['stable', 'canary']),
      seconds: z.number(),
      requests: z.int(),
      bad: z.int(),
      effectiveRequests: z.number(),
      guards: z.array(z.string()),
    }),
  ),
  share: z.strictObject(compared).optional().describe('of bad answers'),
  effectiveRequests: z.strictObject({ stable: z.number(), canary: z.number() }).optional(),
  quantiles: z
    .array(z.strictObject({ quantile: share, ...compared }))
    .optional()
    .describe('of latencies, milliseconds'),
  ratio: z
    .strictObject({ low: z.number().optional(), high: z.number().optional() })
    .optional()
    .describe('what the canary holds by what stable holds, where both were searched'),
});

export const capacitySchema = z.strictObject({
  id: z.string(),
  claimId: z.string(),
  title: z.string(),
  objective: z.strictObject({ text: z.string(), share, limitMs: z.number() }),
  arrivals: z.enum(['poisson', 'paced']),
  seed: z.int(),
  generators: z.int().optional().describe('that shared the load of each trial; missing: one'),
  bracket: z
    .strictObject({
      low: z.number().optional().describe('held up to here; missing: nowhere that was tried'),
      high: z.number().optional().describe('not held from here on; missing: held wherever it was tried'),
      confidence: z.number(),
      limitedBy: z.enum(['subject', 'max', 'budget', 'lowest', 'instrument', 'generator', 'peak']),
    })
    .optional(),
  fit: z.strictObject({ root: z.number(), slope: z.number(), dispersion: z.number() }).optional(),
  generator: z
    .strictObject({
      carried: z.number().describe('highest rate that it sent in time to a server that answers at once'),
      failed: z.number().optional().describe('lowest that it did not; missing: carried all that was wanted'),
      reasons: z.array(z.string()),
    })
    .optional(),
  return: z
    .strictObject({
      recovers: z.number().optional().describe('highest rate that held again after an overload'),
      stuck: z.number().optional().describe('lowest that did not'),
      afterSeconds: z.number().optional(),
    })
    .optional(),
  against: against.optional().describe('a canary at the same load'),
  trials: z.array(trial),
  answers: z.array(z.strictObject({ question: z.string(), outcome: z.string(), sentence: z.string() })),
});

export type CapacityReport = z.infer<typeof capacitySchema>;
