/** Claim kind `retries`: a request that fails reaches the receiver as often as declared, and one that does not once. */
import { z } from 'zod';
import { receiverPods } from '../../documents/claim-atoms.ts';
import { claimBase, text, trafficPath } from '../../documents/document-atoms.ts';
import type { ClaimBase, PodSelector, TrafficPath } from '../../documents/references.ts';
import { policyFindings } from '../../lint/routes/declared-policies.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';

export interface RetriesClaim extends ClaimBase {
  readonly kind: 'retries';
  readonly receiver: PodSelector;
  readonly service: string;
  /** After the first try. */
  readonly attempts: number;
  /** Status of the failing answers. */
  readonly failWith: number;
  readonly requests: number;
  readonly path: TrafficPath;
}

export const retries = claimKind({
  kind: 'retries',
  summary: 'a request that fails reaches the receiver once and as many retries as declared, no fewer and no more',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('retries'),
    receiver: receiverPods.describe('pods that are told to fail, and count what reaches them'),
    service: text.describe('how those pods call themselves'),
    attempts: z.int().min(0).max(25).describe('retries after the first try, as `retries.attempts` declares them'),
    failWith: z.int().min(400).max(599).default(503).describe('status of the failures, one that `retryOn` covers'),
    requests: z.int().min(20).max(10_000).default(200).describe('of the clients, while all fail and while none does'),
    path: trafficPath.describe('clients whose every request makes one request to the receiver'),
  }),
  resolve: ({ path, receiver, ...claim }, { home, pathOf }): RetriesClaim => ({
    ...claim,
    path: pathOf(path),
    receiver: { ...receiver, namespace: receiver.namespace ?? home },
  }),
  lint: ({ attempts, receiver }: RetriesClaim, context) =>
    policyFindings(
      { kind: 'retries', is: (value) => value === attempts, said: `${attempts} retries` },
      context,
      receiver,
    ),
  plan: ({ id, path, requests, attempts, service }): readonly PlanLine[] => [
    {
      section: 'Load',
      line: `${id} ${path.kind}: ${requests} requests at ${path.ratePerSecond}/s while ${service} fails, ${requests * (1 + attempts)} at ${service}; ${requests} more while it does not`,
    },
  ],
  paths: ({ path }) => [path],
  addons: ['istio'],
});
