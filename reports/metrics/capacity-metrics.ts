/** What a capacity search found, as metrics. */
import type { RunReport } from '../model/run-report.ts';
import type { MakeGauge } from './make-gauge.ts';

export function capacityMetrics({ capacity = [] }: RunReport, gauge: MakeGauge): void {
  if (capacity.length === 0) return;
  const low = gauge('capacity_low_requests_per_second', 'The objective holds up to here.', ['claim']);
  const high = gauge('capacity_high_requests_per_second', 'The objective does not hold from here on.', ['claim']);
  const trials = gauge('capacity_trials', 'Trials by whether they count.', ['claim', 'counts']);
  for (const { claimId, bracket, trials: all } of capacity) {
    if (bracket?.low !== undefined) low.set({ claim: claimId }, bracket.low);
    if (bracket?.high !== undefined) high.set({ claim: claimId }, bracket.high);
    for (const { guards } of all) trials.inc({ claim: claimId, counts: String(guards.length === 0) });
  }
}
