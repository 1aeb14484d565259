/** Whether a query looks at the release that it is to judge. */
import type { SelectorExpr } from '../../../oracle/promql/promql-tree.ts';
import { type Finding, nameOf } from '../../manifest-set.ts';
import { canaryOf } from '../../rollouts/rollout-objects.ts';
import { type MetricRun, metricFindingAt, queryPath } from '../analysis-templates.ts';
import type { ParsedQuery } from './analysis-query-rules.ts';
import type { QueryOutcomes } from './query-outcomes.ts';
import { selectorsIn } from './synthetic-series.ts';

const OF_REQUESTS = /request|http|grpc|rpc|response|latency|istio|envoy|nginx|error/i;

/** ANALYSIS_ARMS_MIXED, ANALYSIS_CANARY_UNSEEN: only where a Rollout with canary steps runs the metric. */
export function armFindings(
  { metric, expr }: ParsedQuery,
  { use }: MetricRun,
  outcomes: QueryOutcomes,
): readonly Finding[] {
  if (!canaryOf(use.owner) || !selectorsIn(expr).every(isOfRequests)) return [];
  const at = (told: Pick<Finding, 'code' | 'severity' | 'sentence' | 'hint'>) => [
    metricFindingAt(metric, queryPath(metric), { ...told, sentence: `${metric.title}: ${told.sentence}` }),
  ];
  if (outcomes.mixesArms)
    return at({
      code: 'ANALYSIS_ARMS_MIXED',
      severity: 'warning',
      sentence: `the query measures stable and canary of ${nameOf(use.owner)} together, so a bad canary hides behind the traffic of stable`,
      hint: 'Select what only the canary has: its Service (canaryService), its pod-template hash as an argument (valueFrom.podTemplateHashValue: Latest), or a label of canaryMetadata.',
    });
  if (outcomes.ignoresCanary)
    return at({
      code: 'ANALYSIS_CANARY_UNSEEN',
      severity: 'warning',
      sentence: `nothing that the canary of ${nameOf(use.owner)} does changes the answer`,
      hint: 'Select the canary, by its Service, hash or label, and something that says whether its answers are good.',
    });
  return [];
}

function isOfRequests({ name = '' }: SelectorExpr): boolean {
  return OF_REQUESTS.test(name);
}
