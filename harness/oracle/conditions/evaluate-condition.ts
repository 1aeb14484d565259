/** What a condition says about a result, as Argo Rollouts 1.7 to 1.9 evaluate it (utils/evaluate.EvalCondition). */

import { callCondition } from './call-condition.ts';
import type { ConditionEvaluation, ConditionScope } from './condition-evaluation.ts';
import { arithmetic, isIn, ofTexts } from './condition-operators.ts';
import { type ConditionExpr, conditionError } from './condition-tree.ts';
import { type ConditionType, type ResultType, typeOfCondition } from './condition-types.ts';
import { type ConditionValue, compared, isEqual, isNumeric, ValueList } from './condition-value.ts';
import { foldCondition } from './fold-condition.ts';
import { wrapInt } from './go-number.ts';
import { parseCondition } from './parse-condition.ts';
import { evaluatePredicate } from './predicate-condition.ts';

/** A scalar query gives a number, a vector query the values of its series (an empty list for no series). */
export type MetricResult = number | readonly number[];

/** Other providers also give texts. */
export type ConditionResult = MetricResult | string;

/**
 * @throws HarnessError CONDITION_SYNTAX, CONDITION_TYPE or CONDITION_RUNTIME (the measurement is an Error), or
 * CONDITION_UNSUPPORTED (the oracle does not know)
 */
export function evaluateCondition(condition: string, result: ConditionResult): boolean {
  return compiledCondition(condition)(result);
}

/** The same for many results: read once. What it throws, it throws when it is called. */
export function compiledCondition(condition: string): (result: ConditionResult) => boolean {
  const compiled = new Map<ResultType, () => { readonly expr: ConditionExpr; readonly type: ConditionType }>();
  const compile = (given: ResultType) => {
    try {
      const expr = parseCondition(condition);
      const type = typeOfCondition(condition, expr, given);
      const folded = foldCondition(condition, expr);
      return () => ({ expr: folded, type });
    } catch (error) {
      return () => {
        throw error;
      };
    }
  };
  return (result) => {
    const given = typeof result === 'number' ? 'float' : typeof result === 'string' ? 'string' : 'floats';
    const read = compiled.get(given) ?? compile(given);
    compiled.set(given, read);
    const { expr, type } = read();
    const value = new Evaluation(condition, result).value(expr, OUTSIDE);
    if (typeof value === 'boolean') return value;
    throw conditionError('CONDITION_RUNTIME', condition, `expected a boolean, but got ${type}`);
  };
}

const OUTSIDE: ConditionScope = { element: null, index: 0, accumulated: null, variables: {} };

/** Ends an optional chain. */
class NilInChain extends Error {}

class Evaluation implements ConditionEvaluation {
  readonly #condition: string;
  readonly result: ConditionValue;

  constructor(condition: string, result: ConditionResult) {
    this.#condition = condition;
    this.result = typeof result === 'object' ? new ValueList(result, 'float') : result;
  }

  fails(problem: string): Error {
    return conditionError('CONDITION_RUNTIME', this.#condition, problem);
  }

  refuses(what: string): Error {
    return conditionError('CONDITION_UNSUPPORTED', this.#condition, `the oracle does not know ${what}`);
  }

  value(expr: ConditionExpr, scope: ConditionScope): ConditionValue {
    switch (expr.kind) {
      case 'number':
        return expr.isInteger ? BigInt(expr.value) : expr.value;
      case 'boolean':
      case 'string':
        return expr.value;
      case 'nil':
        return null;
      case 'result':
        return this.result;
      case 'element':
        if (expr.name === 'index') return BigInt(scope.index);
        return expr.name === 'acc' ? scope.accumulated : scope.element;
      case 'variable':
        return scope.variables[expr.name]!;
      case 'let': {
        const named = this.value(expr.value, scope);
        return this.value(expr.body, { ...scope, variables: { ...scope.variables, [expr.name]: named } });
      }
      case 'unary':
        return this.#unary(expr, scope);
      case 'binary':
        return this.#binary(expr, scope);
      case 'choice':
        return this.value(this.boolean(expr.test, scope) ? expr.chosen : expr.otherwise, scope);
      case 'index':
        return this.#index(expr, scope);
      case 'slice':
        return this.#slice(expr, scope);
      case 'member': {
        const base = this.value(expr.base, scope);
        if (base === null && expr.isOptional) throw new NilInChain();
        throw this.fails(`there is no ${expr.name} in it`);
      }
      case 'chain':
        try {
          return this.value(expr.inner, scope);
        } catch (error) {
          if (error instanceof NilInChain) return null;
          throw error;
        }
      case 'list':
        return new ValueList(
          expr.items.map((item) => this.value(item, scope)),
          'any',
        );
      case 'predicate':
        return evaluatePredicate(this, expr, scope);
      case 'call': {
        const search = searchIn(expr);
        if (search === 'last') throw this.refuses('the last one that a filter leaves');
        if (search) return evaluatePredicate(this, search, scope);
        return callCondition(
          this,
          expr.name,
          expr.args.map((arg) => this.value(arg, scope)),
        );
      }
    }
  }

  boolean(expr: ConditionExpr, scope: ConditionScope): boolean {
    const value = this.value(expr, scope);
    if (typeof value === 'boolean') return value;
    throw this.fails('a boolean was needed');
  }

  #unary({ operator, operand }: ConditionExpr & { kind: 'unary' }, scope: ConditionScope): ConditionValue {
    if (operator === '!') return !this.boolean(operand, scope);
    const value = this.value(operand, scope);
    if (operator === '+') return value;
    if (!isNumeric(value)) throw this.fails('a number was needed');
    return typeof value === 'bigint' ? wrapInt(-value) : -value;
  }

  /** runtime.ToInt: a float loses its fraction. */
  #position(expr: ConditionExpr, scope: ConditionScope): number {
    const value = this.value(expr, scope);
    if (!isNumeric(value)) throw this.fails('a number was needed as an index');
    if (!Number.isFinite(Number(value))) throw this.refuses(`the index ${value}`);
    return Math.trunc(Number(value));
  }

  #index({ list, at }: ConditionExpr & { kind: 'index' }, scope: ConditionScope): ConditionValue {
    const search = searchIn({ kind: 'index', list, at });
    if (search === 'last') throw this.refuses('the last one that a filter leaves');
    if (search) return evaluatePredicate(this, search, scope);
    const base = this.value(list, scope);
    const position = this.#position(at, scope);
    if (typeof base === 'string') throw this.refuses('single characters');
    if (!(base instanceof ValueList)) throw this.fails('a list was needed');
    return this.itemAt(base, position);
  }

  itemAt({ items }: ValueList, position: number): ConditionValue {
    const found = items[position < 0 ? items.length + position : position];
    if (found === undefined) throw this.fails(`index ${position} is out of range (length ${items.length})`);
    return found;
  }

  #slice({ list, start, end }: ConditionExpr & { kind: 'slice' }, scope: ConditionScope): ConditionValue {
    const base = this.value(list, scope);
    const length = base instanceof ValueList ? base.items.length : typeof base === 'string' ? base.length : undefined;
    if (length === undefined) throw this.fails('a list was needed');
    const bounded = (at: number) => Math.max(0, at < 0 ? length + at : at);
    const to = Math.min(length, end ? bounded(this.#position(end, scope)) : length);
    const from = Math.min(to, start ? bounded(this.#position(start, scope)) : 0);
    if (base instanceof ValueList) return base.part(from, to);
    return (base as string).slice(from, to);
  }

  #binary(expr: ConditionExpr & { kind: 'binary' }, scope: ConditionScope): ConditionValue {
    const { operator, left, right } = expr;
    if (operator === '&&') return this.boolean(left, scope) && this.boolean(right, scope);
    if (operator === '||') return this.boolean(left, scope) || this.boolean(right, scope);
    const a = this.value(left, scope);
    if (operator === '??') return a ?? this.value(right, scope);
    const b = this.value(right, scope);
    switch (operator) {
      case '==':
        return isEqual(a, b);
      case '!=':
        return !isEqual(a, b);
      case '<':
      case '>':
      case '<=':
      case '>=': {
        const order = compared(a, b);
        if (order === undefined) throw this.fails(`${operator} cannot compare these`);
        return { '<': order < 0, '>': order > 0, '<=': order <= 0, '>=': order >= 0 }[operator];
      }
      case 'in':
        return isIn(this, a, b, right);
      case 'matches':
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        return ofTexts(this, operator, a, b);
      default:
        return arithmetic(this, operator, a, b);
    }
  }
}

/** expr makes one search of `filter(...)[0]` and of `first(filter(...))`, which stops at the first element it finds. */
function searchIn(
  expr: ConditionExpr & { kind: 'index' | 'call' },
): (ConditionExpr & { kind: 'predicate' }) | 'last' | undefined {
  const list = expr.kind === 'index' ? expr.list : expr.args[0];
  if (list?.kind !== 'predicate' || list.name !== 'filter') return undefined;
  if (expr.kind === 'call') {
    if (expr.name === 'last') return 'last';
    return expr.name === 'first' ? { ...list, name: 'find' } : undefined;
  }
  if (expr.at.kind !== 'number' || !expr.at.isInteger) return undefined;
  if (expr.at.value === -1) return 'last';
  return expr.at.value === 0 ? { ...list, name: 'find!' } : undefined;
}
