/** Templates as they are used: not at all, with one name twice, with rules for metrics that are not there. */

import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { groupedBy } from '../once-per-list.ts';
import { rollouts } from '../rollouts/rollout-objects.ts';
import { analysisTemplates } from './analysis-templates.ts';
import { type AnalysisUse, analysisUses, usesByTemplate } from './analysis-uses.ts';
import { dryRunRules, ruleMatches } from './dry-run.ts';

/** ANALYSIS_TEMPLATE_UNUSED, ANALYSIS_METRIC_TWICE, ANALYSIS_DRY_RUN_DEAD, ANALYSIS_DRY_RUN_ALL, ANALYSIS_RETENTION_DEAD. */
export function templateUseFindings(set: ManifestSet): readonly Finding[] {
  const templates = analysisTemplates(set);
  const uses = analysisUses(set, templates);
  return [
    ...templates.flatMap((template) => [
      ...unused(set, template, uses),
      ...twiceInOne(template),
      ...deadRules(template, uses),
    ]),
    ...uses.flatMap((use) => [...twiceInUse(use), ...deadRulesOfUse(use)]),
  ];
}

/** Judged where Rollouts of the same namespace are part of the set. */
function unused(set: ManifestSet, template: ManifestObject, uses: readonly AnalysisUse[]): readonly Finding[] {
  if (template.kind !== 'AnalysisTemplate' || usesByTemplate(uses).has(template)) return [];
  const neighbours = byNamespace(rollouts(set)).get(template.namespace) ?? [];
  if (neighbours.length === 0) return [];
  return [
    findingAt(template, ['metadata', 'name'], {
      code: 'ANALYSIS_TEMPLATE_UNUSED',
      severity: 'info',
      sentence: `${nameOf(template)} is run by no Rollout, so nothing is analysed by it`,
      hint: `Name it in spec.strategy.canary.analysis.templates, or in a step, of ${neighbours.map(nameOf).join(' or ')}.`,
    }),
  ];
}

const byNamespace = groupedBy(({ namespace }: ManifestObject) => [namespace]);

function metricNames(template: ManifestObject): readonly string[] {
  return asList(asRecord(template.value.spec)?.metrics).flatMap((metric) => {
    const name = asRecord(metric)?.name;
    return typeof name === 'string' ? [name] : [];
  });
}

function repeatedIn(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) < index);
}

function twiceInOne(template: ManifestObject): readonly Finding[] {
  const names = metricNames(template);
  const repeated = repeatedIn(names);
  if (repeated === undefined) return [];
  return [
    errorAt(template, ['spec', 'metrics', names.lastIndexOf(repeated)], {
      code: 'ANALYSIS_METRIC_TWICE',
      sentence: `${nameOf(template)} has two metrics with the name ${repeated}`,
      hint: 'Argo Rollouts refuses it, and the Rollout becomes Degraded with InvalidSpec.',
    }),
  ];
}

function twiceInUse({ owner, path, templates }: AnalysisUse): readonly Finding[] {
  if (templates.some((template) => repeatedIn(metricNames(template)) !== undefined)) return [];
  const repeated = repeatedIn(templates.flatMap(metricNames));
  if (repeated === undefined) return [];
  const holders = templates.filter((template) => metricNames(template).includes(repeated));
  return [
    errorAt(owner, path, {
      code: 'ANALYSIS_METRIC_TWICE',
      sentence: `${nameOf(owner)} runs ${holders.map(nameOf).join(' and ')} together, which both have a metric ${repeated}`,
      hint: 'Argo Rollouts refuses it ("two metrics have the same name"), and the Rollout becomes Degraded with InvalidSpec. Rename one.',
    }),
  ];
}

function deadRules(template: ManifestObject, uses: readonly AnalysisUse[]): readonly Finding[] {
  // a template that refers to others may mean their metrics
  if (asList(asRecord(template.value.spec)?.templates).length > 0) return [];
  const names = metricNames(template);
  if (names.length === 0) return [];
  // run together with others, its rules are for their metrics too
  const together = (usesByTemplate(uses).get(template) ?? []).flatMap(({ templates }) => templates);
  const known = [...names, ...together.flatMap(metricNames)];
  const dead = (key: string, code: string) =>
    dryRunRules(template, key)
      .filter((rule) => !known.some((name) => ruleMatches(rule, name)))
      .map((rule) => deadRule(template, code, rule, key, names));
  return [
    ...dead('dryRun', 'ANALYSIS_DRY_RUN_DEAD'),
    ...dead('measurementRetention', 'ANALYSIS_RETENTION_DEAD'),
    ...allDry(template, names, dryRunRules(template)),
  ];
}

function deadRulesOfUse({ owner, path, templates, dryRun, isComplete }: AnalysisUse): readonly Finding[] {
  if (!isComplete || templates.length === 0) return [];
  const names = templates.flatMap(metricNames);
  const dead = dryRun.filter((rule) => !names.some((name) => ruleMatches(rule, name)));
  return [
    ...dead.map((rule) => deadRule(owner, 'ANALYSIS_DRY_RUN_DEAD', rule, 'dryRun', names)),
    ...allDry(owner, names, dryRun, [...path, 'dryRun']),
  ];
}

function deadRule(
  object: ManifestObject,
  code: string,
  { metricName, path }: AnalysisUse['dryRun'][number],
  key: string,
  names: readonly string[],
): Finding {
  return errorAt(object, path, {
    code,
    sentence: `${nameOf(object)}: ${key} names the metric ${metricName}, which is not there`,
    hint: `The run ends as an Error ("Rule didn't match any metric name(s)"), which aborts the rollout. Metrics: ${names.join(', ')}.`,
  });
}

function allDry(
  object: ManifestObject,
  names: readonly string[],
  rules: AnalysisUse['dryRun'],
  path: AnalysisUse['path'] = ['spec', 'dryRun'],
): readonly Finding[] {
  if (names.length === 0 || rules.length === 0) return [];
  if (!names.every((name) => rules.some((rule) => ruleMatches(rule, name)))) return [];
  return [
    findingAt(object, path, {
      code: 'ANALYSIS_DRY_RUN_ALL',
      severity: 'warning',
      sentence: `${nameOf(object)}: every metric is a dry run, so the analysis cannot stop a release`,
      hint: 'Leave out of dryRun what is to decide.',
    }),
  ];
}
