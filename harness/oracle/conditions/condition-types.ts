/**
 * The static types of a condition: expr compiles against the type of the result and refuses what cannot fit, also in
 * branches that are never evaluated (expr 1.15, checker).
 */
import { type ConditionExpr, conditionError } from './condition-tree.ts';

/** `any`: known only when it is evaluated (what `default` returns). */
export type ConditionType = 'boolean' | 'integer' | 'float' | 'nil' | 'any' | 'floats' | 'list';

const NUMBERS: ReadonlySet<ConditionType> = new Set(['integer', 'float']);
const isNumber = (type: ConditionType): boolean => NUMBERS.has(type);
const isNumberOrAny = (type: ConditionType): boolean => NUMBERS.has(type) || type === 'any';
const isBooleanOrAny = (type: ConditionType): boolean => type === 'boolean' || type === 'any';
const isList = (type: ConditionType): boolean => type === 'floats' || type === 'list';

/** Throws CONDITION_TYPE (Argo: every measurement is an Error) and CONDITION_UNSUPPORTED. */
export function typeOfCondition(condition: string, expr: ConditionExpr, result: 'float' | 'floats'): ConditionType {
  return visit(expr, 'any');

  function mismatch(what: string, ...types: ConditionType[]): Error {
    return conditionError('CONDITION_TYPE', condition, `${what} cannot take ${types.join(' and ')}`);
  }

  function visit(node: ConditionExpr, element: ConditionType): ConditionType {
    switch (node.kind) {
      case 'number':
        return node.isInteger ? 'integer' : 'float';
      case 'boolean':
        return 'boolean';
      case 'nil':
        return 'nil';
      case 'result':
        return result;
      case 'element':
        return element;
      case 'unary': {
        const type = visit(node.operand, element);
        if (node.operator === '!' ? !isBooleanOrAny(type) : !isNumberOrAny(type)) throw mismatch(node.operator, type);
        return node.operator === '!' ? 'boolean' : type;
      }
      case 'binary':
        return visitBinary(node, element);
      case 'choice': {
        const test = visit(node.test, element);
        if (!isBooleanOrAny(test)) throw mismatch('?:', test);
        const types = [visit(node.then, element), visit(node.otherwise, element)] as const;
        return types[0] === types[1] ? types[0] : 'any';
      }
      case 'index': {
        const list = visit(node.list, element);
        const at = visit(node.at, element);
        if (!isList(list) && list !== 'any') throw mismatch('[]', list);
        if (at !== 'integer' && at !== 'any') throw mismatch('[]', at);
        return list === 'floats' ? 'float' : 'any';
      }
      case 'list':
        for (const item of node.items) visit(item, element);
        return 'list';
      case 'predicate': {
        const list = visit(node.list, element);
        if (!isList(list) && list !== 'any') throw mismatch(node.name, list);
        const test = visit(node.test, list === 'floats' ? 'float' : 'any');
        if (!isBooleanOrAny(test)) throw mismatch(node.name, test);
        return node.name === 'count' ? 'integer' : 'boolean';
      }
      case 'call':
        return visitCall(node, element);
    }
  }

  function visitBinary(node: ConditionExpr & { kind: 'binary' }, element: ConditionType): ConditionType {
    const left = visit(node.left, element);
    const right = visit(node.right, element);
    const both = (accepts: (type: ConditionType) => boolean): void => {
      if (!accepts(left) || !accepts(right)) throw mismatch(node.operator, left, right);
    };
    switch (node.operator) {
      case '&&':
      case '||':
        both(isBooleanOrAny);
        return 'boolean';
      case '==':
      case '!=':
        if (!isComparable(left, right)) throw mismatch(node.operator, left, right);
        return 'boolean';
      case '<':
      case '>':
      case '<=':
      case '>=':
        both(isNumberOrAny);
        return 'boolean';
      case 'in':
        if (!isList(right) && right !== 'any') throw mismatch('in', left, right);
        if (right === 'floats' && !isComparable(left, 'float')) throw mismatch('in', left, right);
        return 'boolean';
      case '%':
      case '..':
        if (left === 'any' || right === 'any')
          throw conditionError('CONDITION_UNSUPPORTED', condition, `the oracle does not know ${node.operator} here`);
        both((type) => type === 'integer');
        return node.operator === '..' ? 'list' : 'integer';
      case '/':
      case '**':
        both(isNumberOrAny);
        return 'float';
      default: {
        both(isNumberOrAny);
        if (left === 'any' || right === 'any') return 'any';
        return left === 'float' || right === 'float' ? 'float' : 'integer';
      }
    }
  }

  function visitCall(node: ConditionExpr & { kind: 'call' }, element: ConditionType): ConditionType {
    const types = node.args.map((arg) => visit(arg, element));
    const [first] = types;
    const wanted = { max: [1, 99], min: [1, 99], default: [2, 2] }[node.name] ?? [1, 1];
    if (types.length < wanted[0]! || types.length > wanted[1]! || first === undefined)
      throw conditionError('CONDITION_TYPE', condition, `${node.name} has a wrong number of arguments`);
    switch (node.name) {
      case 'len':
        if (!isList(first) && first !== 'any') throw mismatch('len', first);
        return 'integer';
      case 'isNaN':
      case 'isInf':
        if (first === 'integer')
          throw conditionError(
            'CONDITION_UNSUPPORTED',
            condition,
            `the oracle does not know ${node.name} of a whole number`,
          );
        if (first !== 'float' && first !== 'any') throw mismatch(node.name, first);
        return 'boolean';
      case 'isNil':
        return 'boolean';
      case 'default':
        return 'any';
      case 'asInt':
        return 'integer';
      case 'asFloat':
        return 'float';
      default:
        for (const type of types) if (!isNumberOrAny(type)) throw mismatch(node.name, type);
        if (node.name === 'ceil' || node.name === 'floor' || node.name === 'round') return 'float';
        return types.includes('any') ? 'any' : first;
    }
  }
}

function isComparable(left: ConditionType, right: ConditionType): boolean {
  if (left === right || [left, right].some((type) => type === 'nil' || type === 'any')) return true;
  return (isNumber(left) && isNumber(right)) || (isList(left) && isList(right));
}
