/** Whether a query looks at the release that it is to judge. */
import type { PromExpr, SelectorExpr } from '../../oracle/promql-tree.ts';
import { nearestName } from '../../profile/nearest-name.ts';
import type { ParsedQuery } from '../analysis-query-rules.ts';
import { type MetricRun, metricFindingAt, queryPath } from '../analysis-templates.ts';
import { type Finding, type ManifestSet, nameOf, services } from '../manifest-set.ts';
import { canaryOf } from '../rollout-objects.ts';
import { UNKNOWN_NAMESPACE } from './analysis-uses.ts';
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

const SERVICE_LABELS = new Set(['destination_service', 'destination_service_name']);

/**
 * ANALYSIS_SERVICE_UNKNOWN: a selector of Istio's metrics names a Service that the unit does not have. Judged only when
 * the Services of the Rollout are part of the unit.
 */
export function serviceFindings(
  set: ManifestSet,
  { metric, expr }: ParsedQuery,
  { use }: MetricRun,
): readonly Finding[] {
  const known = services(set).filter(({ namespace }) => namespace === use.owner.namespace);
  if (known.length === 0) return [];
  const namespace = use.owner.namespace || UNKNOWN_NAMESPACE;
  const names = [...new Set(known.map(({ name }) => name))];
  const spellings = names.flatMap((name) => [name, `${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}`]);
  const seen = new Set<string>();
  return istioSelectors(expr).flatMap(({ matchers }) =>
    matchers.flatMap(({ label, operator, value, accepts }): Finding[] => {
      if (!SERVICE_LABELS.has(label) || !operator.startsWith('=') || accepts('')) return [];
      const service = /^[a-z0-9-]+/.exec(value)?.[0];
      // another namespace, an outside host or an open pattern is none of this unit's business
      const elsewhere = value.includes('.') && !value.replaceAll('\\', '').includes(`.${namespace}`);
      if (elsewhere || service === undefined || seen.has(value) || spellings.some(accepts)) return [];
      seen.add(value);
      const near = nearestName(service, names);
      return [
        metricFindingAt(metric, queryPath(metric), {
          code: 'ANALYSIS_SERVICE_UNKNOWN',
          severity: 'error',
          sentence: `${metric.title}: run by ${nameOf(use.owner)}, the query asks for ${label} ${value}, but there is no Service ${service}, so it is empty for ever`,
          hint: `Services there: ${names.join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
        }),
      ];
    }),
  );
}

function istioSelectors(expr: PromExpr): readonly SelectorExpr[] {
  return selectorsIn(expr).filter(({ name = '' }) => name.startsWith('istio_'));
}
