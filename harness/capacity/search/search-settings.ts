/** How a capacity search is asked: the objective as a share of bad answers, where to look, and when to give up. */
import { usageError } from '../../errors/harness-error.ts';

/** What the levels of assurance mean here: width of the bracket, time and confidence. */
export const CAPACITY_ASSURANCE = {
  smoke: { width: 0.1, budgetSeconds: 300, confidence: 0.95, trialSeconds: 30 },
  default: { width: 0.05, budgetSeconds: 900, confidence: 0.98, trialSeconds: 60 },
  nightly: { width: 0.03, budgetSeconds: 1800, confidence: 0.98, trialSeconds: 60 },
} as const;

export interface SearchSettings {
  /** p*: the share of bad answers that the objective allows, between 0 and 1. */
  readonly objectiveShare: number;
  /** The rate of the first trial, per second. */
  readonly fromRate: number;
  /** No trial goes above this. */
  readonly maxRate: number;
  /** High/low − 1 of the bracket that is sought. */
  readonly width: number;
  readonly budgetSeconds: number;
  readonly confidence: number;
  /** Length of a trial that judges, before slow systems ask for more. */
  readonly trialSeconds: number;
}

/** Lowest rate of a search: `from` halved eight times. */
export const LOWEST_SHARE_OF_FROM = 1 / 256;

/** @throws HarnessError CAPACITY_SHARE, CAPACITY_RATES, CAPACITY_WIDTH, CAPACITY_BUDGET, CAPACITY_CONFIDENCE */
export function checkSearchSettings(settings: SearchSettings): void {
  const { objectiveShare, fromRate, maxRate, width, budgetSeconds, confidence, trialSeconds } = settings;
  if (!(objectiveShare > 0 && objectiveShare < 1))
    throw usageError(
      'CAPACITY_SHARE',
      `an objective allows a share of bad answers between 0 and 1, not ${objectiveShare}`,
      {
        hint: 'Write p95<500ms, or errors<1%.',
      },
    );
  if (!(fromRate > 0 && maxRate > fromRate && Number.isFinite(fromRate)))
    throw usageError(
      'CAPACITY_RATES',
      `the first rate, ${fromRate}/s, must be positive and below the highest, ${maxRate}/s`,
      {
        hint: 'Lower --from or raise --max.',
      },
    );
  if (!(width >= 0.01 && width <= 1))
    throw usageError('CAPACITY_WIDTH', `a bracket's width must be 1 % to 100 %, not ${width * 100} %`);
  if (!(confidence >= 0.5 && confidence < 1))
    throw usageError('CAPACITY_CONFIDENCE', `confidence must be at least 0.5 and below 1, not ${confidence}`);
  if (!(budgetSeconds >= 4 * trialSeconds))
    throw usageError(
      'CAPACITY_BUDGET',
      `${budgetSeconds} s are fewer than four trials of ${trialSeconds} s, below which no bracket is found`,
      { hint: `Give --budget ${Math.ceil((4 * trialSeconds) / 60)}m or more.` },
    );
}

/** Of the one long trial that a peak is held in; every later look comes after twice the time. */
export const FIRST_LOOK_SECONDS = 20;

/**
 * The longest trial that ends at a look and fits, seconds.
 * @throws HarnessError CAPACITY_BUDGET when not even the first look fits
 */
export function longestLook(budgetSeconds: number): number {
  if (!(budgetSeconds >= FIRST_LOOK_SECONDS))
    throw usageError('CAPACITY_BUDGET', `${budgetSeconds} s end before the first look, at ${FIRST_LOOK_SECONDS} s`, {
      hint: 'Give minutes: what is clear ends early.',
    });
  return FIRST_LOOK_SECONDS * 2 ** Math.floor(Math.log2(budgetSeconds / FIRST_LOOK_SECONDS));
}
