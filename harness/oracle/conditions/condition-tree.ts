/**
 * Conditions of AnalysisTemplates: the part of the expression language (expr 1.15, which Argo Rollouts 1.7 to 1.9 embed)
 * that conditions over a metric's result use.
 */
import { type HarnessError, usageError } from '../../errors/harness-error.ts';

export type ConditionExpr =
  | { readonly kind: 'number'; readonly value: number; readonly isInteger: boolean }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'nil' }
  | { readonly kind: 'result' }
  /** `#`: the current element inside a predicate; `#index` and `#acc` where the function has them. */
  | { readonly kind: 'element'; readonly name: string }
  /** What `let` named. */
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'let'; readonly name: string; readonly value: ConditionExpr; readonly body: ConditionExpr }
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
      readonly chosen: ConditionExpr;
      readonly otherwise: ConditionExpr;
    }
  | { readonly kind: 'index'; readonly list: ConditionExpr; readonly at: ConditionExpr }
  | {
      readonly kind: 'slice';
      readonly list: ConditionExpr;
      readonly start: ConditionExpr | undefined;
      readonly end: ConditionExpr | undefined;
    }
  | { readonly kind: 'member'; readonly base: ConditionExpr; readonly name: string; readonly isOptional: boolean }
  /** Where `?.` of a nil ends: the whole chain is nil then. */
  | { readonly kind: 'chain'; readonly inner: ConditionExpr }
  | { readonly kind: 'list'; readonly items: readonly ConditionExpr[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly ConditionExpr[] }
  | {
      readonly kind: 'predicate';
      readonly name: string;
      readonly list: ConditionExpr;
      readonly test: ConditionExpr;
      /** The third argument of `reduce`. */
      readonly initial?: ConditionExpr;
    };

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
  | 'matches'
  | 'contains'
  | 'startsWith'
  | 'endsWith'
  | '..'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '**'
  | '??';

type ConditionProblem = 'CONDITION_SYNTAX' | 'CONDITION_TYPE' | 'CONDITION_RUNTIME' | 'CONDITION_UNSUPPORTED';

/**
 * CONDITION_SYNTAX and CONDITION_TYPE: Argo cannot compile the condition, so every measurement is an Error.
 * CONDITION_RUNTIME: it fails on this result, so this measurement is an Error.
 * CONDITION_UNSUPPORTED: Argo may well understand it; the oracle does not, and refuses to guess.
 */
export function conditionError(code: ConditionProblem, condition: string, problem: string): HarnessError {
  const hint =
    code === 'CONDITION_UNSUPPORTED'
      ? 'The oracle knows comparisons, arithmetic, logic, ?:, ??, in, indices, slices, pipes, let, and the functions of lists, numbers and texts that conditions use; not dates, maps, JSON and sorting.'
      : 'Argo makes the measurement an Error; five in a row abort the rollout.';
  return usageError(code, `${problem} in the condition: ${condition}`, { hint });
}

/** The expression with each direct part replaced. */
export function mapChildren(expr: ConditionExpr, change: (child: ConditionExpr) => ConditionExpr): ConditionExpr {
  switch (expr.kind) {
    case 'let':
      return { ...expr, value: change(expr.value), body: change(expr.body) };
    case 'unary':
      return { ...expr, operand: change(expr.operand) };
    case 'binary':
      return { ...expr, left: change(expr.left), right: change(expr.right) };
    case 'choice':
      return { ...expr, test: change(expr.test), chosen: change(expr.chosen), otherwise: change(expr.otherwise) };
    case 'index':
      return { ...expr, list: change(expr.list), at: change(expr.at) };
    case 'slice':
      return {
        ...expr,
        list: change(expr.list),
        start: expr.start && change(expr.start),
        end: expr.end && change(expr.end),
      };
    case 'member':
      return { ...expr, base: change(expr.base) };
    case 'chain':
      return { ...expr, inner: change(expr.inner) };
    case 'list':
      return { ...expr, items: expr.items.map(change) };
    case 'call':
      return { ...expr, args: expr.args.map(change) };
    case 'predicate':
      return {
        ...expr,
        list: change(expr.list),
        test: change(expr.test),
        ...(expr.initial ? { initial: change(expr.initial) } : {}),
      };
    default:
      return expr;
  }
}
