/**
 * The behaviour document: what `POST /-/behaviour` takes and the variable BEHAVIOUR holds. It always replaces the whole
 * behaviour; an absent field has the value of NO_INJECTION.
 *
 *   {
 *     "errorShare": 0.05,        number 0-1 in whole parts per million, or an exact ratio such as "22/2250"
 *     "errorStatus": 500,        400-599
 *     "mode": "deterministic",   or "random"
 *     "seed": 1,                 0 to 2^32-1; random mode and drawn latencies
 *     "latencyMs": 0,            number, or {"distribution":"uniform","minMs","maxMs"},
 *                                {"distribution":"exponential","meanMs"[,"maxMs"]},
 *                                {"distribution":"lognormal","medianMs","sigma"[,"maxMs"]}
 *     "latencyShare": 1,         which share of the requests is slow, written like errorShare
 *     "workers": 0,              0 for no limit, to 1000; beyond workers and queue a request gets 503
 *     "serviceMs": 0,            how long a request keeps a worker, written like latencyMs
 *     "queue": 0                 requests that may wait for a worker, to 1000000
 *   }
 */
import * as z from 'zod';
import { type HarnessError, usageError } from '../../harness/errors/harness-error.ts';
import { type Ratio, ratioOfShare, ratioOfText } from './injection.ts';
import { LONGEST_LATENCY_MS } from './latency.ts';

const SHARE_RULE = 'must be a number from 0 to 1 in whole parts per million, or a ratio such as "22/2250"';
const LATENCY_RULE = 'must be a number of milliseconds or an object with a distribution';

const milliseconds = z.number().min(0).max(LONGEST_LATENCY_MS);
const share = z
  .union([z.number(), z.string()], { error: SHARE_RULE })
  .refine((value) => ratioOf(value) !== undefined, { error: SHARE_RULE });
const latency = z.union(
  [
    milliseconds,
    z.discriminatedUnion('distribution', [
      z
        .strictObject({ distribution: z.literal('uniform'), minMs: milliseconds, maxMs: milliseconds })
        .refine(({ minMs, maxMs }) => minMs <= maxMs, { error: 'minMs must not be above maxMs' }),
      z.strictObject({
        distribution: z.literal('exponential'),
        meanMs: milliseconds,
        maxMs: milliseconds.default(LONGEST_LATENCY_MS),
      }),
      z.strictObject({
        distribution: z.literal('lognormal'),
        medianMs: milliseconds,
        sigma: z.number().min(0).max(5),
        maxMs: milliseconds.default(LONGEST_LATENCY_MS),
      }),
    ]),
  ],
  { error: LATENCY_RULE },
);
const document = z.strictObject({
  errorShare: share.default(0),
  errorStatus: z.int().min(400).max(599).default(500),
  mode: z.enum(['deterministic', 'random']).default('deterministic'),
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  latencyMs: latency.default(0),
  latencyShare: share.default(1),
  workers: z.int().min(0).max(1000).default(0),
  serviceMs: latency.default(0),
  queue: z.int().min(0).max(1_000_000).default(0),
});

export type BehaviourDocument = Readonly<z.output<typeof document>>;

/**
 * errorStatus is 500 by default because proxies often retry 503, which would hide injected errors.
 */
export const NO_INJECTION: BehaviourDocument = document.parse({});

/** The ratio that a validated share stands for; `undefined` for one that is not valid. */
export function ratioOf(value: number | string): Ratio | undefined {
  return typeof value === 'number' ? ratioOfShare(value) : ratioOfText(value);
}

/**
 * @param where what is being read, such as `POST /-/behaviour`.
 * @throws HarnessError WORKLOAD_BAD_BEHAVIOUR (exit 2) naming every problem with its path, on one line.
 */
export function parseBehaviour(text: string, where: string): BehaviourDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badBehaviour(`not JSON: ${oneLine(cause)}`, where, cause);
  }
  const result = document.safeParse(value);
  if (result.success) return result.data;
  throw badBehaviour(problemsOf(result.error.issues).join('; '), where, result.error);
}

/** Of a union's branches, the one whose type fits has something to say; the others only complain about the type. */
function problemsOf(issues: readonly z.core.$ZodIssue[], parent: readonly PropertyKey[] = []): string[] {
  return issues.flatMap((issue) => {
    const path = [...parent, ...issue.path];
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const wrongType = (branch: (typeof issue.errors)[number]) =>
        branch.some(({ code, path: inner }) => code === 'invalid_type' && inner.length === 0);
      const branch = issue.errors.find((candidate) => !wrongType(candidate));
      return branch ? problemsOf(branch, path) : [`${path.join('.')}: ${issue.message}`];
    }
    return [`${path.length === 0 ? 'document' : path.join('.')}: ${issue.message}`];
  });
}

function badBehaviour(message: string, where: string, cause: unknown): HarnessError {
  return usageError('WORKLOAD_BAD_BEHAVIOUR', message, {
    where,
    hint: 'Fields: errorShare, errorStatus, mode, seed, latencyMs, latencyShare, workers, serviceMs, queue.',
    cause,
  });
}

function oneLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).replaceAll(/\s+/g, ' ');
}
