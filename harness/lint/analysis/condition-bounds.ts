/** What conditions compare the result with. */
import type { ConditionExpr } from '../../oracle/conditions/condition-tree.ts';
import { parseCondition } from '../../oracle/conditions/parse-condition.ts';

export type BoundOperator = '<' | '>' | '<=' | '>=';

/** `result[0] < 0.5`, or an element of it: the result stands on the left. */
export interface ConditionBound {
  readonly operator: BoundOperator;
  readonly value: number;
}

const TURNED: Readonly<Record<BoundOperator, BoundOperator>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

/** In the order of the text; none for a condition that cannot be read (that is reported as such). */
export function boundsIn(condition: string | undefined): readonly ConditionBound[] {
  if (!condition) return [];
  try {
    return comparedWith(parseCondition(condition));
  } catch {
    return [];
  }
}

/** The only thing that the condition asks, when it is one comparison. */
export function singleBound(condition: string | undefined): ConditionBound | undefined {
  if (!condition) return undefined;
  try {
    const expr = parseCondition(condition);
    return expr.kind === 'binary' && expr.right.kind === 'number' ? comparison(expr)[0] : undefined;
  } catch {
    return undefined;
  }
}

function comparedWith(expr: ConditionExpr): readonly ConditionBound[] {
  switch (expr.kind) {
    case 'binary':
      if (expr.operator === '&&' || expr.operator === '||')
        return [...comparedWith(expr.left), ...comparedWith(expr.right)];
      return comparison(expr);
    case 'unary':
      return comparedWith(expr.operand);
    case 'choice':
      return [...comparedWith(expr.test), ...comparedWith(expr.chosen), ...comparedWith(expr.otherwise)];
    case 'predicate':
      return comparedWith(expr.test);
    default:
      return [];
  }
}

function comparison({ operator, left, right }: ConditionExpr & { kind: 'binary' }): readonly ConditionBound[] {
  if (!(operator in TURNED)) return [];
  const own = operator as BoundOperator;
  const [above, below] = [numberOf(right), numberOf(left)];
  if (isResult(left) && above !== undefined) return [{ operator: own, value: above }];
  return isResult(right) && below !== undefined ? [{ operator: TURNED[own], value: below }] : [];
}

/** A number, or a text made one: `asFloat("0.95")`, as arguments are written. */
function numberOf(expr: ConditionExpr): number | undefined {
  if (expr.kind === 'number') return expr.value;
  if (expr.kind === 'unary' && expr.operator === '-') {
    const value = numberOf(expr.operand);
    return value === undefined ? undefined : -value;
  }
  if (expr.kind !== 'call' || !['asFloat', 'asInt', 'float', 'int'].includes(expr.name)) return undefined;
  const [arg] = expr.args;
  if (arg?.kind !== 'string') return arg && numberOf(arg);
  const value = arg.value.trim() === '' ? Number.NaN : Number(arg.value);
  return Number.isNaN(value) ? undefined : value;
}

function isResult(expr: ConditionExpr): boolean {
  if (expr.kind === 'call' && ['asFloat', 'default', 'first', 'max', 'min', 'mean', 'sum'].includes(expr.name))
    return expr.args.some(isResult);
  if (expr.kind === 'binary' && expr.operator === '??') return isResult(expr.left);
  return expr.kind === 'result' || expr.kind === 'element' || (expr.kind === 'index' && isResult(expr.list));
}
