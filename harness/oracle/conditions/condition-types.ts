/**
 * The static types of a condition: expr compiles against the type of the result and refuses what cannot fit, also in
 * branches that are never evaluated (expr 1.15, checker).
 */
import { typeOfCall } from './condition-call-types.ts';
import { type ConditionExpr, conditionError } from './condition-tree.ts';
import { type ConditionType, elementOf, isList, isNumber, nameOfType } from './condition-type.ts';

export type { ConditionType } from './condition-type.ts';

/** `any`: of a provider that hands on what it is given, such as the JSON of a web server. */
export type ResultType = 'float' | 'floats' | 'string' | 'any';

const RESULTS: Readonly<Record<ResultType, ConditionType>> = {
  float: 'float',
  floats: 'list<float>',
  string: 'string',
  any: 'any',
};
const isBooleanOrAny = (type: ConditionType): boolean => type === 'boolean' || type === 'any';
const isIntegerOrAny = (type: ConditionType): boolean => type === 'integer' || type === 'any';

interface Scope {
  readonly element: ConditionType;
  /** Which of `#index` and `#acc` there are. */
  readonly names: readonly string[];
  readonly variables: Readonly<Record<string, ConditionType>>;
}

const PREDICATE_NAMES: Readonly<Record<string, readonly string[]>> = { map: ['index'], reduce: ['index', 'acc'] };
const OUTSIDE: Scope = { element: 'any', names: [], variables: {} };

/** Throws CONDITION_TYPE (Argo: every measurement is an Error) and CONDITION_UNSUPPORTED. */
export function typeOfCondition(condition: string, expr: ConditionExpr, result: ResultType): ConditionType {
  /** Lists written out, whose elements are of one type: `in` looks at it. */
  const literals = new Map<ConditionExpr, ConditionType>();
  return visit(expr, OUTSIDE);

  function wrong(problem: string): Error {
    return conditionError('CONDITION_TYPE', condition, problem);
  }

  function mismatch(what: string, ...types: ConditionType[]): Error {
    return wrong(`${what} cannot take ${types.map(nameOfType).join(' and ')}`);
  }

  function visit(node: ConditionExpr, scope: Scope): ConditionType {
    switch (node.kind) {
      case 'number':
        return node.isInteger ? 'integer' : 'float';
      case 'boolean':
      case 'string':
      case 'nil':
        return node.kind;
      case 'result':
        return RESULTS[result];
      case 'element':
        if (node.name === '') return scope.element;
        if (!scope.names.includes(node.name)) throw wrong(`unknown #${node.name}`);
        return node.name === 'index' ? 'integer' : 'any';
      case 'variable':
        return scope.variables[node.name]!;
      case 'let': {
        const type = visit(node.value, scope);
        return visit(node.body, { ...scope, variables: { ...scope.variables, [node.name]: type } });
      }
      case 'unary': {
        const type = visit(node.operand, scope);
        if (node.operator === '!' ? !isBooleanOrAny(type) : !isNumber(type) && type !== 'any')
          throw mismatch(node.operator, type);
        return node.operator === '!' ? 'boolean' : type;
      }
      case 'binary':
        return visitBinary(node, scope);
      case 'choice': {
        const test = visit(node.test, scope);
        if (!isBooleanOrAny(test)) throw mismatch('?:', test);
        return commonType(visit(node.chosen, scope), visit(node.otherwise, scope), 'first');
      }
      case 'index': {
        const list = visit(node.list, scope);
        const at = visit(node.at, scope);
        if (list !== 'any' && !isList(list)) throw mismatch('[]', list);
        if (isList(list) && !isIntegerOrAny(at)) throw mismatch('[]', at);
        return elementOf(list);
      }
      case 'slice': {
        const list = visit(node.list, scope);
        if (list !== 'any' && list !== 'string' && !isList(list)) throw mismatch('[:]', list);
        for (const bound of [node.start, node.end])
          if (bound) {
            const type = visit(bound, scope);
            if (!isIntegerOrAny(type)) throw mismatch('[:]', type);
          }
        return list;
      }
      case 'member': {
        const base = visit(node.base, scope);
        if (base !== 'any') throw mismatch(`.${node.name}`, base);
        return 'any';
      }
      case 'chain':
        return visit(node.inner, scope);
      case 'list': {
        const types = node.items.map((item) => visit(item, scope));
        const isUniform = new Set(types.map(kindOf)).size === 1 && types[0] !== 'nil';
        if (isUniform) literals.set(node, types.at(-1)!);
        return 'list<any>';
      }
      case 'predicate':
        return visitPredicate(node, scope);
      case 'call':
        return typeOfCall(
          condition,
          node.name,
          node.args.map((arg) => visit(arg, scope)),
        );
    }
  }

  function visitPredicate(node: ConditionExpr & { kind: 'predicate' }, scope: Scope): ConditionType {
    const { name } = node;
    const list = visit(node.list, scope);
    if (!isList(list) && list !== 'any') throw mismatch(name, list);
    const test = visit(node.test, { ...scope, element: elementOf(list), names: PREDICATE_NAMES[name] ?? [] });
    if (test === 'nil') throw mismatch(name, test);
    if (node.initial) visit(node.initial, scope);
    if (name === 'map') return `list<${test}>`;
    if (name === 'reduce') return test;
    if (!isBooleanOrAny(test)) throw mismatch(name, test);
    if (name === 'filter') return isList(list) ? list : 'list<any>';
    if (name === 'find' || name === 'findLast') return elementOf(list);
    return name === 'count' || name.endsWith('Index') ? 'integer' : 'boolean';
  }

  function visitBinary(node: ConditionExpr & { kind: 'binary' }, scope: Scope): ConditionType {
    const left = visit(node.left, scope);
    const right = visit(node.right, scope);
    /** Both alike, or one of them unknown. */
    const both = (...accepts: ((type: ConditionType) => boolean)[]): void => {
      const known = [left, right].filter((type) => type !== 'any');
      if (known.length === 0 || accepts.some((accept) => known.every(accept))) return;
      throw mismatch(node.operator, left, right);
    };
    const isAnyThere = left === 'any' || right === 'any';
    switch (node.operator) {
      case '&&':
      case '||':
        both((type) => type === 'boolean');
        return 'boolean';
      case '==':
      case '!=':
        if (!isComparable(left, right)) throw mismatch(node.operator, left, right);
        return 'boolean';
      case '<':
      case '>':
      case '<=':
      case '>=':
        both(isNumber, isText);
        return 'boolean';
      case 'in':
        return visitIn(node, left, right);
      case 'matches':
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        both(isText);
        return 'boolean';
      case '%':
        both((type) => type === 'integer');
        return isAnyThere ? 'any' : 'integer';
      case '..':
        both((type) => type === 'integer');
        return 'list<integer>';
      case '/':
      case '**':
        both(isNumber);
        return 'float';
      case '??':
        return commonType(left, right, 'second');
      default: {
        both(isNumber, ...(node.operator === '+' ? [isText] : []));
        if (isAnyThere) return 'any';
        if (left === 'string') return 'string';
        return left === 'float' || right === 'float' ? 'float' : 'integer';
      }
    }
  }

  function visitIn(node: ConditionExpr & { kind: 'binary' }, left: ConditionType, right: ConditionType): ConditionType {
    if (isList(right)) {
      const items = literals.get(node.right) ?? 'any';
      if (!isComparable(left, elementOf(right)) || !isComparable(left, items)) throw mismatch('in', left, right);
    } else if (right !== 'any' && !(left === 'any' && right === 'string')) throw mismatch('in', left, right);
    return 'boolean';
  }
}

const isText = (type: ConditionType): boolean => type === 'string';

function kindOf(type: ConditionType): string {
  return isList(type) ? 'list' : type;
}

function isComparable(left: ConditionType, right: ConditionType): boolean {
  if ([left, right].some((type) => type === 'nil' || type === 'any')) return true;
  return kindOf(left) === kindOf(right) || (isNumber(left) && isNumber(right));
}

/** Of `a ? b : c` (the first, when it fits the second) and of `b ?? c` (the other way round). */
function commonType(first: ConditionType, second: ConditionType, fits: 'first' | 'second'): ConditionType {
  if (first === 'nil' || second === 'nil') return first === 'nil' ? second : first;
  const isAssignable = first === second || (fits === 'first' ? second : first) === 'any';
  return isAssignable ? first : 'any';
}
