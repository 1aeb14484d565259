/** What the runner and the process that it kills agree on. */
import type { RemovalTimes } from '../../../clusters/existing/owned-objects.ts';
import type { LeaseTimes } from '../../../clusters/existing/run-lease.ts';

export const SHARED_PHASES = ['up', 'conform', 'fault', 'down'] as const;
export type SharedPhase = (typeof SHARED_PHASES)[number];

export interface SharedOrders {
  readonly kubeconfig: string;
  readonly folder: string;
  /** Namespace of what the run makes. */
  readonly ours: string;
  readonly node: string;
  readonly phase: SharedPhase;
  readonly at?: number;
}

/** Short, because every kill that leaves a lease is waited for; the order of the three is that of the real ones. */
export const LEASE_TIMES: LeaseTimes = { durationMs: 1_500, renewDeadlineMs: 1_200, retryMs: 300 };
export const REMOVAL_TIMES: RemovalTimes = { goneMs: 10_000, pollMs: 20 };
