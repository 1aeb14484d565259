/**
 * Conditions of AnalysisTemplates: the part of the expression language (expr 1.15, which Argo Rollouts 1.7 to 1.9 embed)
 * that conditions over a Prometheus result use.
 */
import { type HarnessError, usageError } from '../../errors/harness-error.ts';

export type ConditionExpr =
  | { readonly kind: 'number'; readonly value: number; readonly isInteger: boolean }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'nil' }
  | { readonly kind: 'result' }
  /** `#`: the current element inside a predicate. */
  | { readonly kind: 'element' }
  | { readonly kind: 'unary'; readonly operator: '!' | '-' | '+'; readonly operand: ConditionExpr }
  | {
      readonly kind: 'binary';
      readonly operator: ConditionOperator;
      readonly left: ConditionExpr;
      readonly right: ConditionExpr;
    }
  | {
      readonly kind: 'choice';
      readonly test: ConditionExpr;
      readonly then: ConditionExpr;
      readonly otherwise: ConditionExpr;
    }
  | { readonly kind: 'index'; readonly list: ConditionExpr; readonly at: ConditionExpr }
  | { readonly kind: 'list'; readonly items: readonly ConditionExpr[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly ConditionExpr[] }
  | { readonly kind: 'predicate'; readonly name: string; readonly list: ConditionExpr; readonly test: ConditionExpr };

export type ConditionOperator =
  | '||'
  | '&&'
  | '=='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | 'in'
  | '..'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '**';

type ConditionProblem = 'CONDITION_SYNTAX' | 'CONDITION_TYPE' | 'CONDITION_RUNTIME' | 'CONDITION_UNSUPPORTED';

/**
 * CONDITION_SYNTAX and CONDITION_TYPE: Argo cannot compile the condition, so every measurement is an Error.
 * CONDITION_RUNTIME: it fails on this result, so this measurement is an Error.
 * CONDITION_UNSUPPORTED: Argo may well understand it; the oracle does not, and refuses to guess.
 */
export function conditionError(code: ConditionProblem, condition: string, problem: string): HarnessError {
  const hint =
    code === 'CONDITION_UNSUPPORTED'
      ? 'Use comparisons, arithmetic, &&, ||, !, ?:, in, result[i], len, isNaN, isInf, isNil, default, asInt, asFloat, all, any, none, one, count.'
      : 'Argo makes the measurement an Error; five in a row abort the rollout.';
  return usageError(code, `${problem} in the condition: ${condition}`, { hint });
}
