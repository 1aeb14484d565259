/** What a condition says about a result, as Argo Rollouts 1.7 to 1.9 evaluate it (utils/evaluate.EvalCondition). */
import { type ConditionExpr, conditionError } from './condition-tree.ts';
import { typeOfCondition } from './condition-types.ts';
import { parseCondition } from './parse-condition.ts';

/** A scalar query gives a number, a vector query the values of its series (an empty list for no series). */
export type MetricResult = number | readonly number[];

type Value = boolean | number | null | readonly Value[];

/**
 * @throws HarnessError CONDITION_SYNTAX, CONDITION_TYPE or CONDITION_RUNTIME (the measurement is an Error), or
 * CONDITION_UNSUPPORTED (the oracle does not know)
 */
export function evaluateCondition(condition: string, result: MetricResult): boolean {
  return compileCondition(condition, typeof result === 'number' ? 'float' : 'floats')(result);
}

/**
 * The same for many results of one type, read once.
 * @throws HarnessError as evaluateCondition: what concerns the text at once, CONDITION_RUNTIME with a result
 */
export function compileCondition(condition: string, resultType: 'float' | 'floats'): (result: MetricResult) => boolean {
  const expr = parseCondition(condition);
  const type = typeOfCondition(condition, expr, resultType);
  return (result) => {
    const value = new ConditionEvaluation(condition, result).value(expr, null);
    if (typeof value === 'boolean') return value;
    throw conditionError('CONDITION_RUNTIME', condition, `expected a boolean, but got ${type}`);
  };
}

class ConditionEvaluation {
  readonly #condition: string;
  readonly #result: MetricResult;

  constructor(condition: string, result: MetricResult) {
    this.#condition = condition;
    this.#result = result;
  }

  #fails(problem: string): Error {
    return conditionError('CONDITION_RUNTIME', this.#condition, problem);
  }

  value(expr: ConditionExpr, element: Value): Value {
    switch (expr.kind) {
      case 'number':
      case 'boolean':
        return expr.value;
      case 'nil':
        return null;
      case 'result':
        return this.#result;
      case 'element':
        return element;
      case 'unary': {
        if (expr.operator === '!') return !this.#boolean(expr.operand, element);
        const operand = this.#number(expr.operand, element);
        return expr.operator === '-' ? -operand : operand;
      }
      case 'binary':
        return this.#binary(expr, element);
      case 'choice':
        return this.value(this.#boolean(expr.test, element) ? expr.then : expr.otherwise, element);
      case 'index': {
        const list = this.#list(expr.list, element);
        const at = this.#number(expr.at, element);
        const found = list.at(at);
        if (found === undefined) throw this.#fails(`index ${at} is out of range (length ${list.length})`);
        return found;
      }
      case 'list':
        return expr.items.map((item) => this.value(item, element));
      case 'predicate': {
        const list = this.#list(expr.list, element);
        return countOf(expr.name, list, (item) => this.#boolean(expr.test, item));
      }
      case 'call':
        return this.#call(expr.name, expr.args, element);
    }
  }

  #binary({ operator, left, right }: ConditionExpr & { kind: 'binary' }, element: Value): Value {
    // expr folds these before it evaluates anything, so the other side cannot fail.
    if (operator === '||' && [left, right].some((side) => side.kind === 'boolean' && side.value)) return true;
    if (operator === '&&' && [left, right].some((side) => side.kind === 'boolean' && !side.value)) return false;
    switch (operator) {
      case '&&':
        return this.#boolean(left, element) && this.#boolean(right, element);
      case '||':
        return this.#boolean(left, element) || this.#boolean(right, element);
      case '==':
        return isEqual(this.value(left, element), this.value(right, element));
      case '!=':
        return !isEqual(this.value(left, element), this.value(right, element));
      case 'in': {
        const wanted = this.value(left, element);
        return this.#list(right, element).some((item) => isEqual(item, wanted));
      }
    }
    const a = this.#number(left, element);
    const b = this.#number(right, element);
    switch (operator) {
      case '<':
        return a < b;
      case '>':
        return a > b;
      case '<=':
        return a <= b;
      case '>=':
        return a >= b;
      case '+':
        return a + b;
      case '-':
        return a - b;
      case '*':
        return a * b;
      case '/':
        return a / b;
      case '%':
        if (b === 0) throw this.#fails('integer divide by zero');
        return a % b;
      case '**':
        return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
      case '..':
        return Array.from({ length: Math.max(0, b - a + 1) }, (_, index) => a + index);
    }
  }

  #call(name: string, args: readonly ConditionExpr[], element: Value): Value {
    const first = args[0]!;
    switch (name) {
      case 'len':
        return this.#list(first, element).length;
      // Both look at the result itself, whatever they are given, and a Prometheus result is never nil.
      case 'isNil':
        this.value(first, element);
        return false;
      case 'default':
        for (const arg of args) this.value(arg, element);
        return this.#result;
      case 'max':
      case 'min':
        return extreme(
          name,
          args.map((arg) => this.#number(arg, element)),
        );
    }
    const number = this.#number(first, element);
    switch (name) {
      case 'isNaN':
        return Number.isNaN(number);
      case 'isInf':
        return Math.abs(number) === Number.POSITIVE_INFINITY;
      case 'asFloat':
        return number;
      case 'asInt':
        if (!Number.isSafeInteger(Math.trunc(number)))
          throw conditionError('CONDITION_UNSUPPORTED', this.#condition, `the oracle does not know asInt(${number})`);
        return Math.trunc(number);
      case 'abs':
        return Math.abs(number);
      case 'ceil':
        return Math.ceil(number);
      case 'floor':
        return Math.floor(number);
      default: // round: halves away from zero
        return Math.sign(number) * Math.round(Math.abs(number));
    }
  }

  #number(expr: ConditionExpr, element: Value): number {
    const value = this.value(expr, element);
    if (typeof value === 'number') return value;
    throw this.#fails('a number was needed');
  }

  #boolean(expr: ConditionExpr, element: Value): boolean {
    const value = this.value(expr, element);
    if (typeof value === 'boolean') return value;
    throw this.#fails('a boolean was needed');
  }

  #list(expr: ConditionExpr, element: Value): readonly Value[] {
    const value = this.value(expr, element);
    if (Array.isArray(value)) return value;
    throw this.#fails('a list was needed');
  }
}

function isEqual(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]!));
  return a === b;
}

/** The predicates stop as soon as they know, like the loops that expr compiles them to. */
function countOf(name: string, list: readonly Value[], test: (item: Value) => boolean): Value {
  switch (name) {
    case 'all':
      return list.every(test);
    case 'any':
      return list.some(test);
    case 'none':
      return !list.some(test);
    case 'one':
      return list.filter(test).length === 1;
    default:
      return list.filter(test).length;
  }
}

/** The first argument stays unless a later one is really beyond it: NaN neither gives way nor wins. */
function extreme(name: string, values: readonly number[]): number {
  return values.reduce((best, value) => ((name === 'max' ? best < value : best > value) ? value : best));
}
