/** Metrics whose conditions are missing, or stand where nobody reads them. */

import { asRecord, type Finding } from '../manifest-set.ts';
import { metricFindingAt, type TemplateMetric } from './analysis-templates.ts';
import { isDryRunOnly } from './dry-run.ts';

const NAMES = ['successCondition', 'failureCondition'] as const;
/** These hold whatever their plugin or pod wants. */
const FREE_FORM = new Set(['plugin', 'job']);

/**
 * ANALYSIS_CONDITION_MISSING, ANALYSIS_CONDITION_MISPLACED: a metric that judges nothing is Successful every time. What
 * other providers than Prometheus need is not known here; a condition in the wrong place is wrong everywhere.
 */
export function missingConditionFindings(metric: TemplateMetric): readonly Finding[] {
  const { written } = metric;
  const places = [
    [],
    ...Object.keys(written.provider)
      .filter((name) => !FREE_FORM.has(name))
      .map((name) => [name]),
  ];
  const findings = places.flatMap((place) => {
    const holder = place.length === 0 ? written.provider : asRecord(written.provider[place[0]!]);
    return NAMES.filter((name) => typeof holder?.[name] === 'string').map((name) =>
      metricFindingAt(metric, [...metric.path, 'provider', ...place, name], {
        code: 'ANALYSIS_CONDITION_MISPLACED',
        severity: 'error',
        sentence: `${metric.title}: ${name} stands under ${['provider', ...place].join('.')}, which has no such field; the API server drops it, and Argo CD refuses it when it validates`,
        hint: `Move ${name} to the metric, beside its name.`,
      }),
    );
  });
  if (!asRecord(written.provider.prometheus) && findings.length === 0) return [];
  if (NAMES.some((name) => (written[name] ?? '') !== '')) return findings;
  return [
    ...findings,
    metricFindingAt(metric, metric.path, {
      code: 'ANALYSIS_CONDITION_MISSING',
      severity: isDryRunOnly(metric) ? 'info' : 'error',
      sentence: `${metric.title} has neither successCondition nor failureCondition, so every measurement is Successful`,
      hint: 'Say what a good answer is, for example successCondition: len(result) == 1 && result[0] >= 0.99. For a metric that only records, name it in dryRun.',
    }),
  ];
}
