/** Every static rule over AnalysisTemplates, and over what runs them. */
import { asDoubt, meantElsewhere } from '../from-elsewhere.ts';
import { type Finding, type ManifestObject, type ManifestSet, named, nameOf } from '../manifest-set.ts';
import { conditionFindings, resultsOf } from './analysis-condition-rules.ts';
import { analysisTemplates, type TemplateMetric, templateMetrics } from './analysis-templates.ts';
import { analysisUses } from './analysis-uses.ts';
import { argumentFindings } from './argument-rules.ts';
import { executionFindings } from './execution-rules.ts';
import { failureLimitFindings } from './failure-limit-rule.ts';
import { metricMachineFindings } from './metric-machine-rules.ts';
import { missingConditionFindings } from './missing-condition-rule.ts';
import { providerFindings } from './provider-rule.ts';
import { metricFindings, queryFindings, readQuery } from './queries/analysis-query-rules.ts';
import { bucketBoundsMs, latencyFindings } from './queries/latency-bounds.ts';
import { seriesCountFindings } from './queries/series-count-rule.ts';
import { stepTimingFindings } from './step-timing-rules.ts';
import { templateUseFindings } from './template-use-rules.ts';

/** @param scrapeIntervalMs of the Prometheus that is asked; windows are not judged without it */
export function analysisFindings(set: ManifestSet, scrapeIntervalMs: number | undefined): readonly Finding[] {
  const found = findingsIn(set, scrapeIntervalMs);
  const templates = templatesElsewhere(set);
  if (templates.length === 0) return found;
  const known = new Set(found.map(({ code, where }) => `${code} ${where}`));
  const together = findingsIn({ ...set, objects: [...set.objects, ...templates] }, scrapeIntervalMs);
  return [...found, ...together.filter(({ code, where }) => !known.has(`${code} ${where}`)).map(asDoubt)];
}

/** Those that Rollouts of the set run and another unit brings. */
function templatesElsewhere(set: ManifestSet): readonly ManifestObject[] {
  const own = analysisTemplates(set);
  const uses = analysisUses(set, own).filter(({ isComplete }) => !isComplete);
  const wanted = uses.flatMap(({ owner, named }) =>
    named.map(({ kind, name }) => ({ kind, name, namespace: kind === 'AnalysisTemplate' ? owner.namespace : '' })),
  );
  const found = wanted
    .filter(({ kind, name }) => named(own, kind, name).length === 0)
    .flatMap((one) => meantElsewhere(set, one) ?? []);
  return [...new Map(found.map((one) => [nameOf(one), one])).values()];
}

function findingsIn(set: ManifestSet, scrapeIntervalMs: number | undefined): readonly Finding[] {
  const boundsMs = bucketBoundsMs(set);
  const metrics = templateMetrics(set);
  const neighbours = Map.groupBy(set.objects, ({ namespace }) => namespace);
  const setOf = (namespace: string): ManifestSet => ({ ...set, objects: neighbours.get(namespace) ?? [] });
  return [
    ...argumentFindings(set),
    ...templateUseFindings(set),
    ...stepTimingFindings(metrics),
    ...metrics.flatMap((metric) => findingsOf(set, metric, { scrapeIntervalMs, boundsMs, setOf })),
  ];
}

interface Surroundings {
  readonly scrapeIntervalMs: number | undefined;
  readonly boundsMs: readonly number[];
  /** The objects of one namespace. */
  setOf(namespace: string): ManifestSet;
}

function findingsOf(set: ManifestSet, metric: TemplateMetric, around: Surroundings): readonly Finding[] {
  const findings = [
    ...metricFindings(metric),
    ...providerFindings(metric),
    ...missingConditionFindings(metric),
    ...metricMachineFindings(metric),
  ];
  const query = readQuery(metric);
  if (!query) return findings;
  if (!('expr' in query)) {
    const conditions = conditionFindings(metric, resultsOf(undefined));
    return [
      ...findings,
      query,
      ...conditions,
      ...executionFindings(around.setOf, metric, undefined, conditions.length === 0),
    ];
  }
  const conditions = conditionFindings(metric, resultsOf(query.expr));
  return [
    ...findings,
    ...queryFindings(query, around.scrapeIntervalMs),
    ...conditions,
    ...executionFindings(around.setOf, metric, query, conditions.length === 0),
    ...seriesCountFindings(query),
    ...latencyFindings(query, around.boundsMs),
    ...failureLimitFindings(query, set.files),
  ];
}
