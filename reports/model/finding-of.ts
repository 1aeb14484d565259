/** An error of the harness as a finding of a report. */
import type { HarnessError } from '../../harness/errors/harness-error.ts';
import type { FindingReport } from './run-report.ts';

/** @param place where it is, when the error itself does not say */
export function findingOf(
  { code, message, where, hint }: HarnessError,
  layer: FindingReport['layer'],
  place?: string,
): FindingReport {
  const found = where ?? place;
  return {
    ...{ code, layer, severity: 'error', sentence: message },
    ...(found === undefined ? {} : { where: found }),
    ...(hint === undefined ? {} : { hint }),
  };
}
