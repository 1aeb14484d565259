/** Conditions of AnalysisTemplates: what does not compile, and what a window without requests does to them. */
import { HarnessError } from '../errors/harness-error.ts';
import { typeOfCondition } from '../oracle/condition-types.ts';
import { measurementPhase } from '../oracle/measurement-phase.ts';
import { parseCondition } from '../oracle/parse-condition.ts';
import { childrenOf, type PromExpr } from '../oracle/promql-tree.ts';
import { typeOf } from '../oracle/promql-types.ts';
import { metricFindingAt, type TemplateMetric } from './analysis-templates.ts';
import type { Finding } from './manifest-set.ts';

const NAMES = ['successCondition', 'failureCondition'] as const;

/**
 * ANALYSIS_CONDITION_INVALID, ANALYSIS_CONDITION_UNCHECKED, ANALYSIS_NAN_FAILS, ANALYSIS_NAN_PASSES.
 *
 * @param expr the query, when it could be read: its type decides what `result` is
 */
export function conditionFindings(metric: TemplateMetric, expr: PromExpr | undefined): readonly Finding[] {
  const isScalar = expr !== undefined && typeOf(expr) === 'scalar';
  const compiled = NAMES.flatMap((name) => compileFinding(metric, name, isScalar ? 'float' : 'floats'));
  if (compiled.length > 0 || expr === undefined || !canBeNaN(expr)) return compiled;
  return nanFindings(metric, isScalar);
}

function compileFinding(
  metric: TemplateMetric,
  name: (typeof NAMES)[number],
  result: 'float' | 'floats',
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
  const judged = problems.length > 1 ? problems.slice(1) : problems;
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

/** A quotient is 0/0 and a quantile has no rank when the window holds no request; comparisons with `bool` end that. */
function canBeNaN(expr: PromExpr): boolean {
  if (expr.kind === 'binary') {
    if (expr.returnBool) return false;
    if (expr.operator === '/' || expr.operator === '%') return true;
  }
  if (expr.kind === 'call' && expr.name === 'histogram_quantile') return true;
  return childrenOf(expr).some(canBeNaN);
}

/** Asks the conditions themselves what they make of NaN. */
function nanFindings(metric: TemplateMetric, isScalar: boolean): readonly Finding[] {
  const { successCondition = '', failureCondition = '' } = metric.written;
  const guarded = /isNaN/.test(`${successCondition} ${failureCondition}`);
  if (guarded || (successCondition === '') === (failureCondition === '')) return [];
  const phases = metric.variants.map(
    (variant) => measurementPhase(variant, isScalar ? Number.NaN : [Number.NaN]).phase,
  );
  const phase = phases.find((one) => one === 'Failed' || one === 'Successful');
  if (phase === undefined) return [];
  const fails = phase === 'Failed';
  return [
    metricFindingAt(metric, [...metric.path, successCondition === '' ? 'failureCondition' : 'successCondition'], {
      code: fails ? 'ANALYSIS_NAN_FAILS' : 'ANALYSIS_NAN_PASSES',
      severity: 'warning',
      sentence: fails
        ? `${metric.title}: without requests in the window the answer is NaN, which fails the success condition: a healthy canary without traffic is aborted`
        : `${metric.title}: without requests in the window the answer is NaN, which passes the failure condition in silence: nothing was tested`,
      hint: 'Write both conditions with !isNaN(result[0]); then such a measurement is Inconclusive.',
    }),
  ];
}
