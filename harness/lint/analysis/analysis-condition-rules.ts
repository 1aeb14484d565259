/** Conditions of AnalysisTemplates that do not compile. */
import { HarnessError } from '../../errors/harness-error.ts';
import { type ResultType, typeOfCondition } from '../../oracle/conditions/condition-types.ts';
import { parseCondition } from '../../oracle/conditions/parse-condition.ts';
import type { PromExpr } from '../../oracle/promql/promql-tree.ts';
import { typeOf } from '../../oracle/promql/promql-types.ts';
import type { Finding } from '../manifest-set.ts';
import { metricFindingAt, type TemplateMetric } from './analysis-templates.ts';

export const CONDITIONS = ['successCondition', 'failureCondition'] as const;

/**
 * ANALYSIS_CONDITION_INVALID, ANALYSIS_CONDITION_UNCHECKED.
 *
 * @param results what `result` may be: wrong is only what fits none of them
 */
export function conditionFindings(metric: TemplateMetric, results: readonly ResultType[]): readonly Finding[] {
  return CONDITIONS.flatMap((name) => {
    const tried = results.map((result) => compileFinding(metric, name, result));
    return tried.some((findings) => findings.length === 0) ? [] : tried[0]!;
  });
}

/** Of a query of Prometheus; of one that cannot be read nobody knows what it gives. */
export function resultsOf(expr: PromExpr | undefined): readonly ResultType[] {
  if (expr === undefined) return ['floats', 'float'];
  return [typeOf(expr) === 'scalar' ? 'float' : 'floats'];
}

function compileFinding(
  metric: TemplateMetric,
  name: (typeof CONDITIONS)[number],
  result: ResultType,
): readonly Finding[] {
  if (typeof metric.written[name] !== 'string' || metric.written[name] === '') return [];
  const problems: HarnessError[] = [];
  for (const variant of metric.variants) {
    const condition = variant[name] as string;
    try {
      const type = typeOfCondition(condition, parseCondition(condition), result);
      if (type === 'boolean' || type === 'any') return [];
      return [
        metricFindingAt(metric, [...metric.path, name], {
          code: 'ANALYSIS_CONDITION_INVALID',
          severity: 'error',
          sentence: `${metric.title}: ${name} gives no true or false: ${condition}`,
          hint: 'Argo makes every measurement an Error; five in a row abort the rollout.',
        }),
      ];
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      problems.push(error);
    }
  }
  // The first of several variants leaves placeholders, which are no condition in any language.
  const judged = metric.isGuessed && problems.length > 1 ? problems.slice(1) : problems;
  const unchecked = judged.find(({ code }) => code === 'CONDITION_UNSUPPORTED');
  const problem = unchecked ?? judged[1] ?? judged[0]!;
  return [
    metricFindingAt(metric, [...metric.path, name], {
      code: unchecked ? 'ANALYSIS_CONDITION_UNCHECKED' : 'ANALYSIS_CONDITION_INVALID',
      severity: unchecked ? 'info' : 'error',
      sentence: `${metric.title}, ${name}: ${problem.message}`,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    }),
  ];
}
