/** A trial in words, for the table of boundaries. Pure. */

import { tidyNumbers } from '../../../reports/model/causes/tidy-numbers.ts';
import type { AnalysisReport, BoundaryReport } from '../../../reports/model/rollout-report.ts';
import { percent, seconds } from '../../documents/figures.ts';
import type { RollbackLimit } from './declaration.ts';
import type { RollbackPolicy } from './rollback-policy.ts';
import type { TrialRecord } from './trial.ts';

/** How the metric of the limit stood at the end, in the unit of its limit; empty when it was never measured. */
export function endReason({ policy }: TrialRecord, analyses: readonly AnalysisReport[]): string {
  const own = analyses.filter(({ metric }) => metric === policy.claim.metric).at(-1);
  const last = own?.measurements.at(-1);
  if (!own || !last) return '';
  return `${policy.claim.metric} ${own.phase} at ${measuredText(policy, tidyNumbers(last.value)) || 'no value'}`;
}

/** The declared limit: as the analysis states it, and what that is. */
export function conditionText({ policy, trial }: TrialRecord): string {
  const { metric, claim } = policy;
  const text = conditionOf(policy) ?? 'no condition';
  const plain = COMPARISON.exec(text)?.[0] ?? text;
  const form = trial.condition === 'declared' ? '' : `; ${trial.condition}`;
  return `${metric.name}: ${plain.replace('result[0]', metric.name)} (${limitText(claim.limit)}${form})`;
}

/** Limit and injection as numbers of one unit, where the fault is one. */
export function levelOf({ policy, trial, level }: TrialRecord): BoundaryReport['level'] {
  const { limit } = policy.claim;
  const bad = 'above' as const;
  if (trial.fault.kind === 'latency' && limit.kind === 'slow-share')
    return { limit: limit.limitMs, injected: trial.fault.ms, unit: 'ms', bad };
  if (trial.fault.kind !== 'level' || level === undefined) return undefined;
  const unit = limit.kind === 'error-share' ? '% errors' : `% slower than ${limit.limitMs} ms`;
  return { limit: hundredths(limit.share), injected: hundredths(level.share), unit, bad };
}

function limitText(limit: RollbackLimit): string {
  const share = percent(limit.share, { digits: 3 });
  return limit.kind === 'error-share' ? `${share} errors` : `${share} slower than ${limit.limitMs} ms`;
}

/** `result[0] < 0.01` at the end of a condition. */
const COMPARISON = /result\[0\]\s*(?:<=|>=|<|>|==)\s*(\S+)\s*$/;

const conditionOf = ({ metric }: RollbackPolicy): string | undefined =>
  metric.successCondition ?? metric.failureCondition;

/**
 * A value of the metric with its unit. A metric does not say what it is in, but its threshold is the limit of the claim:
 * 0.99 or 0.01 of a limit of 1 % errors are shares, 99 or 1 are percent, 500 of 500 ms are ms and 0.5 are seconds. Where
 * the threshold is none of these (a query that answers 0 or 1), the value stands alone.
 */
function measuredText(policy: RollbackPolicy, value: string): string {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) return value;
  const { limit } = policy.claim;
  const threshold = Number(COMPARISON.exec(conditionOf(policy) ?? '')?.[1]);
  const isIt = (wanted: number) => Math.abs(threshold - wanted) <= 1e-9 * wanted;
  if (limit.kind === 'slow-share') {
    if (isIt(limit.limitMs)) return `${value} ms`;
    return isIt(limit.limitMs / 1000) ? `${value} s` : value;
  }
  if (isIt(limit.share) || isIt(1 - limit.share)) return percent(number, { digits: 4 });
  return isIt(limit.share * 100) || isIt(100 - limit.share * 100) ? `${value} %` : value;
}

/** 0.07 is 7, not 7.000000000000001. */
const hundredths = (share: number): number => Number((share * 100).toPrecision(4));

/** What was done to the canary, and at which rate it was asked. */
export function injectedText({ trial, level, policy, heldMs, books }: TrialRecord): string {
  const { limit } = policy.claim;
  const what = limit.kind === 'error-share' ? 'errors' : `answers of ${limit.slowMs} ms`;
  const rate = books ? `${trial.ratePerSecond} requests/s` : 'no traffic';
  const parts = (() => {
    switch (trial.fault.kind) {
      case 'level':
        return level ? [`${level.ratio} ${what} (${percent(level.share, { digits: 3 })})`] : [];
      case 'hold':
        return [`${percent(trial.fault.share, { digits: 3 })} ${what} for ${seconds(heldMs ?? trial.fault.forMs)}`];
      case 'burst':
        return [`only ${what} for ${seconds(heldMs ?? trial.fault.forMs, 2)} between two scrapes`];
      case 'latency':
        return [`every answer after ${trial.fault.ms} ms`];
      case 'none':
        return ['no fault'];
    }
  })();
  return [...parts, trial.traffic === 'stops' ? `${rate}, which stop` : rate].join(', ');
}
