/** Queries and conditions of a metric, executed once for each Rollout that runs it. */
import { HarnessError } from '../../errors/harness-error.ts';
import type { AnalysisMetric } from '../../oracle/analysis-types.ts';
import { typeOfCondition } from '../../oracle/conditions/condition-types.ts';
import { parseCondition } from '../../oracle/conditions/parse-condition.ts';
import { parsedOnce } from '../../oracle/promql/parsed-once.ts';
import { isMeasurable, typeOf } from '../../oracle/promql/promql-types.ts';
import type { Finding, ManifestSet } from '../manifest-set.ts';
import type { MetricRun, TemplateMetric } from './analysis-templates.ts';
import { type ConditionFacts, conditionOutcomeFindings } from './condition-outcome-rules.ts';
import type { ParsedQuery } from './queries/analysis-query-rules.ts';
import { armFindings } from './queries/arm-rules.ts';
import { portProtocolFindings, serviceFindings, versionFindings } from './queries/named-target-rules.ts';
import { workloadFindings } from './queries/named-workload-rule.ts';
import { nativeHistogramFindings, nativeHistogramIn } from './queries/native-histogram-rule.ts';
import { queryOutcomeFindings } from './queries/query-outcome-rules.ts';
import { type QueryOutcomes, queryOutcomes } from './queries/query-outcomes.ts';
import { rawCounterFindings } from './queries/raw-counter-rule.ts';
import { ARMS_OF_NOBODY, type ReleaseArm, releaseArms } from './queries/release-arms.ts';

/** What one metric is run with; the same finding of several runs is told once. */
const MOST_RUNS = 5;

/**
 * @param setOf the objects of one namespace: what a Rollout finds around it
 * @param query undefined when it cannot be read
 * @param conditionsCompile otherwise they are not executed
 */
export function executionFindings(
  setOf: (namespace: string) => ManifestSet,
  metric: TemplateMetric,
  query: ParsedQuery | undefined,
  conditionsCompile: boolean,
): readonly Finding[] {
  const found = query
    ? executedRuns(setOf, metric, query).flatMap((run) => [
        ...nativeHistogramFindings(run.query),
        ...run.findings,
        ...rawCounterFindings(run.query, run.variant),
        ...(conditionsCompile ? conditionOutcomeFindings(metric, run.variant, factsOf(run)) : []),
      ])
    : conditionsCompile
      ? unreadQueryFindings(metric)
      : [];
  return [...new Map(found.map((finding) => [`${finding.code} ${finding.where}`, finding])).values()];
}

interface ExecutedRun {
  readonly variant: AnalysisMetric;
  readonly query: ParsedQuery;
  readonly outcomes: QueryOutcomes | undefined;
  readonly findings: readonly Finding[];
}

function executedRuns(
  setOf: (namespace: string) => ManifestSet,
  metric: TemplateMetric,
  query: ParsedQuery,
): readonly ExecutedRun[] {
  const runs = metric.runs.slice(0, MOST_RUNS).flatMap((run): ExecutedRun[] => {
    const own = queryOfRun(metric, run);
    if (!own) return [];
    const set = setOf(run.use.owner.namespace);
    const outcomes = outcomesOf(own, releaseArms(set, run.use.owner));
    const named = [
      ...serviceFindings(set, own, run),
      ...workloadFindings(set, own, run),
      ...versionFindings(set, own, run),
      ...portProtocolFindings(set, own, run),
    ];
    const faults = [...named, ...queryOutcomeFindings(own, run.metric, outcomes)];
    const ofArms = outcomes && faults.length === 0 ? armFindings(own, run, outcomes) : [];
    return [{ variant: run.metric, query: own, outcomes, findings: [...faults, ...ofArms] }];
  });
  if (runs.length > 0) return runs;
  const asked = metric.variants.filter((one) => one.provider.prometheus?.query === query.text);
  const variant = asked.find(conditionsAreReadable) ?? asked[0];
  if (!variant) return [];
  const outcomes = outcomesOf(query, ARMS_OF_NOBODY);
  return [{ variant, query, outcomes, findings: queryOutcomeFindings(query, variant, outcomes) }];
}

/** Native histograms are not modelled: of a query over one nothing is executed. */
function outcomesOf({ expr }: ParsedQuery, arms: readonly ReleaseArm[]): QueryOutcomes | undefined {
  return nativeHistogramIn(expr) || !isMeasurable(expr) ? undefined : queryOutcomes(expr, arms);
}

function queryOfRun(metric: TemplateMetric, run: MetricRun): ParsedQuery | undefined {
  const text = run.metric.provider.prometheus?.query;
  if (text === undefined) return undefined;
  try {
    return { metric, text, expr: parsedOnce(text), isGuessed: false };
  } catch (error) {
    if (error instanceof HarnessError) return undefined;
    throw error;
  }
}

function factsOf({ query, outcomes }: ExecutedRun): ConditionFacts {
  return {
    isScalar: typeOf(query.expr) === 'scalar',
    canBeEmpty: outcomes?.canBeEmpty,
    isEmptyWithoutSeries: outcomes?.isEmptyWithoutSeries ?? false,
    canBeNaN: outcomes?.nanWhenIdle ?? false,
  };
}

/** Placeholders are no condition in any language. */
function conditionsAreReadable({ successCondition = '', failureCondition = '' }: AnalysisMetric): boolean {
  try {
    for (const condition of [successCondition, failureCondition])
      if (condition !== '') typeOfCondition(condition, parseCondition(condition), 'floats');
    return true;
  } catch (error) {
    if (error instanceof HarnessError) return false;
    throw error;
  }
}

/** Of a query that cannot be read, a list of numbers is what conditions most likely see. */
function unreadQueryFindings(metric: TemplateMetric): readonly Finding[] {
  const variant = metric.variants.find(conditionsAreReadable);
  if (!variant) return [];
  return conditionOutcomeFindings(metric, variant, {
    isScalar: false,
    canBeEmpty: undefined,
    isEmptyWithoutSeries: false,
    canBeNaN: false,
  });
}
