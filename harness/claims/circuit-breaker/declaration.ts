/** Claim kind `circuit-breaker`: no more requests at a time reach a receiver than its connection pool allows. */
import { z } from 'zod';
import { receiverPods } from '../../documents/claim-atoms.ts';
import { claimBase, text, trafficPath } from '../../documents/document-atoms.ts';
import { seconds } from '../../documents/figures.ts';
import type { ClaimBase, PodSelector, TrafficPath } from '../../documents/references.ts';
import { policyFindings } from '../../lint/routes/declared-policies.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';

export interface CircuitBreakerClaim extends ClaimBase {
  readonly kind: 'circuit-breaker';
  readonly receiver: PodSelector;
  readonly service: string;
  /** Requests at a time. */
  readonly limit: number;
  readonly path: TrafficPath;
}

/** Clients want so many times as many at a time as may be, so that a limit that does not bite is seen as one. */
const WANTED_TIMES = 2;
/** Longer, and a client or a route may have given up. */
const LONGEST_HELD_MS = 2_000;

/** How long the receiver holds each answer back, so that clients want twice the limit at a time (Little's law). */
export const heldMs = ({ limit, path }: Pick<CircuitBreakerClaim, 'limit' | 'path'>): number =>
  Math.ceil((WANTED_TIMES * limit * 1000) / path.ratePerSecond);

/** Each place is taken and given back several times. */
export const requestsOf = ({ limit }: Pick<CircuitBreakerClaim, 'limit'>): number => 8 * WANTED_TIMES * limit;

export const circuitBreaker = claimKind({
  kind: 'circuit-breaker',
  summary: 'a receiver gets as many requests at a time as its connection pool allows, and the rest is refused at once',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('circuit-breaker'),
    receiver: receiverPods.describe(
      'the pod that is told to answer late, and counts how many requests it has at a time',
    ),
    service: text.describe('how that pod calls itself'),
    limit: z.int().min(1).max(1_000).describe('requests at a time from one client, as `connectionPool` declares it'),
    path: trafficPath.describe('clients of one proxy; their rate must fill twice the limit within 2 s'),
  }),
  resolve({ path: document, receiver, ...claim }, { home, pathOf, report }): CircuitBreakerClaim | undefined {
    const path = pathOf(document);
    const held = heldMs({ limit: claim.limit, path });
    if (held > LONGEST_HELD_MS)
      return report(
        'CIRCUIT_BREAKER_RATE',
        `at ${path.ratePerSecond} requests/s it takes ${seconds(held)} to want twice the limit of ${claim.limit} at a time; at most ${seconds(LONGEST_HELD_MS)}, so give the path a higher rate`,
        ['path'],
      );
    return { ...claim, path, receiver: { ...receiver, namespace: receiver.namespace ?? home } };
  },
  lint: ({ limit, receiver }: CircuitBreakerClaim, context) =>
    policyFindings(
      { kind: 'http2MaxRequests', is: (value) => value === limit, said: `${limit} requests at a time` },
      context,
      receiver,
    ),
  plan: ({ id, path, limit, service }): readonly PlanLine[] => [
    {
      section: 'Load',
      line: `${id} ${path.kind}: ${requestsOf({ limit })} requests at ${path.ratePerSecond}/s while ${service} answers after ${seconds(heldMs({ limit, path }))}: ${WANTED_TIMES * limit} at a time where ${limit} may be`,
    },
  ],
  paths: ({ path }) => [path],
  addons: ['istio'],
});
