/** The type rules of PromQL (promql/parser/parse.go, checkAST): every operator and function knows what it can take. */
import { syntaxError } from './promql-error.ts';
import { FUNCTIONS } from './promql-functions.ts';
import { isComparison, isSetOperator, type PromExpr, unwrapped, type ValueType } from './promql-tree.ts';

export function typeOf(expr: PromExpr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
      return expr.rangeMs === undefined ? 'vector' : 'matrix';
    case 'subquery':
      return 'matrix';
    case 'aggregate':
      return 'vector';
    case 'call':
      return FUNCTIONS[expr.name]!.returns;
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    default:
      return typeOf(expr.inner);
  }
}

const PARAMETRIC: ReadonlySet<string> = new Set(['quantile', 'topk', 'bottomk', 'count_values']);

/** Throws PROMQL_SYNTAX for the first rule that is broken, from the inside out. */
export function checkTypes(expr: PromExpr, text: string): void {
  const expect = (part: PromExpr, wanted: ValueType, user: string): void => {
    checkTypes(part, text);
    const found = typeOf(part);
    if (found !== wanted) throw syntaxError(text, part, `${user} expects ${NAMES[wanted]}, not ${NAMES[found]},`);
  };
  switch (expr.kind) {
    case 'call': {
      const { args, optional, isVariadic } = FUNCTIONS[expr.name]!;
      if ((expr.args.length > args.length && !isVariadic) || expr.args.length < args.length - optional)
        throw syntaxError(text, expr, `${expr.name} takes ${args.length} argument(s), not ${expr.args.length},`);
      expr.args.forEach((arg, index) => {
        expect(arg, args[index] ?? args.at(-1)!, expr.name);
      });
      return;
    }
    case 'aggregate':
      if (PARAMETRIC.has(expr.operator) !== (expr.parameter !== undefined))
        throw syntaxError(text, expr, `${expr.operator} has a wrong number of arguments`);
      if (expr.parameter) expect(expr.parameter, expr.operator === 'count_values' ? 'string' : 'scalar', expr.operator);
      expect(expr.inner, 'vector', expr.operator);
      return;
    case 'subquery':
      expect(expr.inner, 'vector', 'a subquery');
      return;
    case 'negate': {
      checkTypes(expr.inner, text);
      const found = typeOf(expr.inner);
      if (found !== 'scalar' && found !== 'vector')
        throw syntaxError(text, expr, `unary minus cannot take ${NAMES[found]}`);
      return;
    }
    case 'binary':
      checkBinary(expr, text);
      return;
    case 'paren':
      checkTypes(expr.inner, text);
      return;
    default:
      return;
  }
}

function checkBinary(expr: PromExpr & { kind: 'binary' }, text: string): void {
  const { operator, left, right, matching } = expr;
  for (const side of [left, right]) {
    checkTypes(side, text);
    const type = typeOf(side);
    if (type !== 'scalar' && type !== 'vector') throw syntaxError(text, side, `${operator} cannot take ${NAMES[type]}`);
  }
  const scalars = [left, right].filter((side) => typeOf(side) === 'scalar').length;
  if (expr.returnBool && !isComparison(operator)) throw syntaxError(text, expr, `bool cannot be used with ${operator}`);
  if (isComparison(operator) && scalars === 2 && !expr.returnBool)
    throw syntaxError(text, expr, `a comparison of two scalars must say ${operator} bool`);
  if (isSetOperator(operator) && scalars > 0) throw syntaxError(text, expr, `${operator} needs vectors on both sides`);
  if (isSetOperator(operator) && matching.many !== undefined)
    throw syntaxError(text, expr, `${operator} cannot be grouped with group_left or group_right`);
  if (scalars > 0 && (matching.labels.length > 0 || matching.on || matching.many !== undefined))
    throw syntaxError(text, expr, 'vector matching needs vectors on both sides');
}

const NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'a scalar',
  vector: 'an instant vector',
  matrix: 'a range vector',
  string: 'a string',
};

/** A range vector is no answer of an instant query that Argo can use; scalars and vectors are. */
export function isMeasurable(expr: PromExpr): boolean {
  return ['scalar', 'vector'].includes(typeOf(unwrapped(expr)));
}
