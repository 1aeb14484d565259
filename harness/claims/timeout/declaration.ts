/** Claim kind `timeout`: a receiver that answers too late is cut off when the declared time is up. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { receiverPods } from '../../documents/claim-atoms.ts';
import { claimBase, text, trafficPath } from '../../documents/document-atoms.ts';
import { seconds } from '../../documents/figures.ts';
import type { ClaimBase, PodSelector, TrafficPath } from '../../documents/references.ts';
import { policyFindings } from '../../lint/routes/declared-policies.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';

export interface TimeoutClaim extends ClaimBase {
  readonly kind: 'timeout';
  readonly receiver: PodSelector;
  readonly service: string;
  readonly timeoutMs: number;
  readonly requests: number;
  readonly path: TrafficPath;
}

/** Of a receiver that is to be cut off: so many times the time-out, so that its answer is told from a late cut. */
const HELD_TIMES = 3;
export const heldMs = ({ timeoutMs }: Pick<TimeoutClaim, 'timeoutMs'>): number => HELD_TIMES * timeoutMs;

/** Longer ones would hold the run up, and need a generator with many virtual users. */
const LONGEST_MS = 60_000;

export const timeout = claimKind({
  kind: 'timeout',
  summary: 'a receiver that answers too late is cut off when the declared time is up, not before and not later',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('timeout'),
    receiver: receiverPods.describe('pods that are told to answer late'),
    service: text.describe('how those pods call themselves'),
    timeout: durationText.describe('as the route declares it'),
    requests: z.int().min(20).max(10_000).default(300).describe('of the clients; every second one is held back'),
    path: trafficPath.describe('clients whose requests the receiver answers, directly or through others'),
  }),
  resolve({ path, receiver, timeout: text, ...claim }, { home, pathOf, report }): TimeoutClaim | undefined {
    const timeoutMs = durationToMs(text)!;
    if (timeoutMs > LONGEST_MS)
      return report('TIMEOUT_TOO_LONG', `a time-out of ${text} cannot be waited for; at most 60s`, ['timeout']);
    const place = { ...receiver, namespace: receiver.namespace ?? home };
    return { ...claim, timeoutMs, path: pathOf(path), receiver: place };
  },
  lint: ({ timeoutMs, receiver }: TimeoutClaim, context) =>
    policyFindings(
      {
        kind: 'timeout',
        is: (value) => durationToMs(String(value)) === timeoutMs,
        said: `a time-out of ${timeoutMs} ms`,
      },
      context,
      receiver,
    ),
  plan: ({ id, path, requests, timeoutMs, service }): readonly PlanLine[] => [
    {
      section: 'Load',
      line: `${id} ${path.kind}: ${requests} requests at ${path.ratePerSecond}/s, every second of which ${service} answers after ${seconds(heldMs({ timeoutMs }))}`,
    },
  ],
  paths: ({ path }) => [path],
  addons: ['istio'],
});
