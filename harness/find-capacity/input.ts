/** What `capacity` is asked. */
import type { RunReport } from '../../reports/model/run-report.ts';
import type { ResponseObjective } from '../documents/response-objective.ts';

export interface CapacityInput {
  /** As it is written down: without user info and query values. */
  readonly url: string;
  /** What is really asked; it may hold secrets and goes to the load generator only. */
  readonly target: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly hide: (text: string) => string;
  readonly method: string;
  readonly objective: ResponseObjective;
  readonly fromRate: number;
  readonly maxRate: number;
  readonly width: number;
  readonly budgetSeconds: number;
  readonly trialSeconds: number;
  readonly confidence: number;
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  /** Requests per second that must be held, and how many times over. */
  readonly peak: Peak | undefined;
  readonly argvPrefix: readonly string[];
  readonly runsDirectory: string;
  readonly command: readonly string[];
  readonly reproduce: string;
  readonly host: RunReport['run']['host'];
}

export interface Peak {
  readonly ratePerSecond: number;
  readonly headroom: number;
  /** Share per month. */
  readonly growth: number | undefined;
  /** The pods that were measured, and the canary weight at which stable must take everything back. */
  readonly takeBack: { readonly replicas: number; readonly weightPercent: number } | undefined;
}
