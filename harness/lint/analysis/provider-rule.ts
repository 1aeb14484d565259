/** Metrics that do not ask Prometheus: nothing here knows what they answer. */

import type { Finding } from '../manifest-set.ts';
import { metricFindingAt, type TemplateMetric } from './analysis-templates.ts';

/** ANALYSIS_PROVIDER_NOT_JUDGED: said, so that silence is not taken for approval. */
export function providerFindings(metric: TemplateMetric): readonly Finding[] {
  const names = Object.keys(metric.written.provider).filter((name) => metric.written.provider[name] !== undefined);
  const others = names.filter((name) => name !== 'prometheus' && !name.endsWith('Condition'));
  const [provider] = others;
  if (provider === undefined || names.includes('prometheus')) return [];
  return [
    metricFindingAt(metric, [...metric.path, 'provider', provider], {
      code: 'ANALYSIS_PROVIDER_NOT_JUDGED',
      severity: 'info',
      sentence: `${metric.title} asks ${provider}, whose answers are not judged here; only its counting is`,
      hint: 'Queries and conditions are executed for Prometheus.',
    }),
  ];
}
