/** A trial in words, for the table of boundaries. Pure. */

import { tidyNumbers } from '../../../reports/model/causes/tidy-numbers.ts';
import type { AnalysisReport } from '../../../reports/model/rollout-report.ts';
import { percent, seconds } from '../../documents/figures.ts';
import type { TrialRecord } from './trial.ts';

/** How the metric of the limit stood at the end; empty when it was never measured. */
export function endReason({ policy }: TrialRecord, analyses: readonly AnalysisReport[]): string {
  const own = analyses.filter(({ metric }) => metric === policy.claim.metric).at(-1);
  const last = own?.measurements.at(-1);
  return own && last ? `${policy.claim.metric} ${own.phase} at ${tidyNumbers(last.value) || 'no value'}` : '';
}

/** The declared limit. */
export function conditionText({ policy, trial }: TrialRecord): string {
  const { metric } = policy;
  const text = metric.successCondition ?? metric.failureCondition ?? 'no condition';
  const plain = /result\[0\]\s*(<=|>=|<|>|==)\s*\S+\s*$/.exec(text)?.[0] ?? text;
  const form = trial.condition === 'declared' ? '' : ` (${trial.condition})`;
  return `${metric.name}: ${plain.replace('result[0]', metric.name)}${form}`;
}

/** What was done to the canary, and at which rate it was asked. */
export function injectedText({ trial, level, policy, heldMs, books }: TrialRecord): string {
  const { limit } = policy.claim;
  const what = limit.kind === 'error-share' ? 'errors' : `answers of ${limit.slowMs} ms`;
  const rate = books ? `${trial.ratePerSecond}/s` : 'no traffic';
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
