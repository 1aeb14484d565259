/** What a search for a capacity is asked, wherever its requests go. */
import type { Autoscaler, CanaryStep } from '../capacity/questions/canary-steps.ts';
import type { MeasuredPods } from '../capacity/questions/pods.ts';
import { timeoutSecondsFor } from '../capacity/trial/request-limits.ts';
import type { ResponseObjective } from '../documents/response-objective.ts';

export interface CapacityQuestion {
  readonly objective: ResponseObjective;
  /** Rate of the first trial, and the highest that is tried, per second. */
  readonly fromRate: number;
  readonly maxRate: number;
  /** High/low - 1 of the bracket that is sought. */
  readonly width: number;
  readonly budgetSeconds: number;
  readonly trialSeconds: number;
  readonly confidence: number;
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  /** After a bracket: whether the subject comes back from an overload is tried. */
  readonly pulse?: boolean;
  /** Requests per second that must be held, and how many times over. */
  readonly peak: Peak | undefined;
}

export interface Peak {
  readonly ratePerSecond: number;
  readonly headroom: number;
  /** Share per month. */
  readonly growth: number | undefined;
  /** Only whether the peak is held is asked, at that one rate; no bracket is sought. */
  readonly alone?: boolean;
  /** The pods that were measured, and the canary weight at which stable must take everything back. */
  readonly takeBack: { readonly replicas: number; readonly weightPercent: number } | undefined;
  /** The pods that were measured, and the steps of a canary that must hold its part of the peak. */
  readonly canary?:
    | {
        readonly replicas: number;
        readonly steps: readonly CanaryStep[];
        readonly autoscaler: Autoscaler | undefined;
      }
    | undefined;
  /** What other numbers of pods hold by earlier measurements, for how many hold this. */
  readonly measured?: readonly MeasuredPods[] | undefined;
}

/** How long one request is waited for: by an objective on errors alone no longer than its limit. */
export const timeoutSecondsOf = ({ limitMs, errorsOnly }: ResponseObjective): number =>
  errorsOnly ? limitMs / 1000 : timeoutSecondsFor(limitMs / 1000);

/** What must be held, requests per second. */
export const neededRate = ({ ratePerSecond, headroom }: Peak): number => ratePerSecond * headroom;
