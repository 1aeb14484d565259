/** Metrics that are measured but do not count (`dryRun` of templates and of what runs them). */
import type { ValuePath } from '../../documents/yaml-source.ts';
import { goPattern } from '../../oracle/promql/promql-literals.ts';
import { asList, asRecord, type ManifestObject } from '../manifest-set.ts';
import type { TemplateMetric } from './analysis-templates.ts';

export interface DryRunRule {
  readonly metricName: string;
  readonly path: ValuePath;
}

export function dryRunRules(template: ManifestObject, key = 'dryRun'): readonly DryRunRule[] {
  return asList(asRecord(template.value.spec)?.[key]).flatMap((entry, index): DryRunRule[] => {
    const metricName = asRecord(entry)?.metricName;
    return typeof metricName === 'string' ? [{ metricName, path: ['spec', key, index] }] : [];
  });
}

/** A Go regular expression, not anchored; what is none matches its own text only. */
export function ruleMatches({ metricName }: Pick<DryRunRule, 'metricName'>, name: string): boolean {
  return goPattern(metricName)?.test(name) ?? metricName === name;
}

/** Wherever it runs, it does not count. */
export function isDryRunOnly({ template, name, uses }: TemplateMetric): boolean {
  const own = dryRunRules(template).some((rule) => ruleMatches(rule, name));
  return own || (uses.length > 0 && uses.every(({ dryRun }) => dryRun.some((rule) => ruleMatches(rule, name))));
}
