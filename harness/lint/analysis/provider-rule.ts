/** Metrics that do not ask Prometheus: what they answer is not known here, and what Argo does with an answer is. */

import type { Finding } from '../manifest-set.ts';
import { CONDITIONS, conditionFindings } from './analysis-condition-rules.ts';
import { metricFindingAt, type TemplateMetric } from './analysis-templates.ts';

/** Those whose answer Argo puts to the conditions itself; Kayenta has scores instead, and a plugin does what it likes. */
const EVALUATED = /^(web|datadog|newRelic|wavefront|cloudWatch|graphite|influxdb|skywalking)$/;

/**
 * ANALYSIS_PROVIDER_NOT_JUDGED: said, so that silence is not taken for approval. ANALYSIS_CONDITION_INVALID for a condition
 * that no answer could be put to, and ANALYSIS_CONDITION_IGNORED for those of a Job, which Argo judges by how it ends.
 */
export function providerFindings(metric: TemplateMetric): readonly Finding[] {
  const names = Object.keys(metric.written.provider).filter((name) => metric.written.provider[name] !== undefined);
  const others = names.filter((name) => name !== 'prometheus' && !name.endsWith('Condition'));
  const [provider] = others;
  if (provider === undefined || names.includes('prometheus')) return [];
  const findings = EVALUATED.test(provider)
    ? conditionFindings(metric, ['any']).filter(({ severity }) => severity === 'error')
    : provider === 'job'
      ? ignoredFindings(metric)
      : [];
  return [
    ...findings,
    metricFindingAt(metric, [...metric.path, 'provider', provider], {
      code: 'ANALYSIS_PROVIDER_NOT_JUDGED',
      severity: 'info',
      sentence: `${metric.title} asks ${provider}, whose answers are not judged here; only its counting is`,
      hint: 'Queries and conditions are executed for Prometheus.',
    }),
  ];
}

/** Whoever writes one thinks that it decides (metricproviders/job, Resume: the Job's own conditions do). */
function ignoredFindings(metric: TemplateMetric): readonly Finding[] {
  return CONDITIONS.filter((name) => (metric.written[name] ?? '') !== '').map((name) =>
    metricFindingAt(metric, [...metric.path, name], {
      code: 'ANALYSIS_CONDITION_IGNORED',
      severity: 'warning',
      sentence: `${metric.title} is a Job, and Argo reads no ${name} of it: a Job that completes is Successful, and one that fails Failed`,
      hint: 'Let its program end with an exit code other than 0 where the release is bad.',
    }),
  );
}
