/**
 * What expr does to a condition between compiling and running it: whole literals become floats where a function wants
 * one (checker, traverseAndReplaceIntegerNodesWithFloatNodes), and constants are folded (optimizer/fold.go). Both can be
 * seen: `isNaN(1)` runs but `isNaN(len(result))` fails, and in `result[5] > 1 || true` nothing is indexed.
 */
import { type ConditionExpr, type ConditionOperator, conditionError, mapChildren } from './condition-tree.ts';
import { goPower, wrapInt } from './go-number.ts';

const TAKES_FLOAT = new Set(['isNaN', 'isInf']);

/** @throws HarnessError CONDITION_TYPE for `1 % 0`, which does not compile */
export function foldCondition(condition: string, expr: ConditionExpr): ConditionExpr {
  const inner = mapChildren(expr, (child) => foldCondition(condition, child));
  if (inner.kind === 'call' && TAKES_FLOAT.has(inner.name)) return { ...inner, args: inner.args.map(floated) };
  if (inner.kind === 'unary') return foldUnary(inner);
  return inner.kind === 'binary' ? foldBinary(condition, inner) : inner;
}

function floated(expr: ConditionExpr): ConditionExpr {
  if (expr.kind === 'number') return { ...expr, isInteger: false };
  if (expr.kind === 'unary') return { ...expr, operand: floated(expr.operand) };
  if (expr.kind === 'binary' && ['+', '-', '*'].includes(expr.operator))
    return { ...expr, left: floated(expr.left), right: floated(expr.right) };
  return expr;
}

function foldUnary(expr: ConditionExpr & { kind: 'unary' }): ConditionExpr {
  const { operator, operand } = expr;
  if (operand.kind === 'number' && operator !== '!')
    return operator === '-' ? { ...operand, value: -operand.value } : operand;
  return operand.kind === 'boolean' && operator === '!' ? { ...operand, value: !operand.value } : expr;
}

function foldBinary(condition: string, expr: ConditionExpr & { kind: 'binary' }): ConditionExpr {
  const { operator, left, right } = expr;
  const isTrue = (side: ConditionExpr) => side.kind === 'boolean' && side.value;
  const isFalse = (side: ConditionExpr) => side.kind === 'boolean' && !side.value;
  if (operator === '&&') {
    if (isTrue(left)) return right;
    if (isTrue(right)) return left;
    return isFalse(left) || isFalse(right) ? { kind: 'boolean', value: false } : expr;
  }
  if (operator === '||') {
    if (isFalse(left)) return right;
    if (isFalse(right)) return left;
    return isTrue(left) || isTrue(right) ? { kind: 'boolean', value: true } : expr;
  }
  if (operator === '==' && 'value' in left && 'value' in right && left.kind === right.kind) {
    const areFloats = left.kind === 'number' && !(left.isInteger && right.kind === 'number' && right.isInteger);
    return areFloats ? expr : { kind: 'boolean', value: left.value === right.value };
  }
  if (operator === '+' && left.kind === 'string' && right.kind === 'string')
    return { kind: 'string', value: left.value + right.value };
  if (left.kind !== 'number' || right.kind !== 'number') return expr;
  const isInteger = left.isInteger && right.isInteger;
  if (operator === '%' && isInteger && right.value === 0)
    throw conditionError('CONDITION_TYPE', condition, 'integer divide by zero');
  const value = folded(operator, left.value, right.value);
  if (value === undefined) return expr;
  if (!isInteger || operator === '/' || operator === '**') return { kind: 'number', value, isInteger: false };
  const exact = wrapInt(BigInt(Math.trunc(value)));
  return Number.isSafeInteger(value) && exact === BigInt(value) ? { kind: 'number', value, isInteger: true } : expr;
}

function folded(operator: ConditionOperator, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '**':
      return goPower(a, b);
    case '%':
      return Number.isInteger(a) && Number.isInteger(b) ? a % b : undefined;
    default:
      return undefined;
  }
}
