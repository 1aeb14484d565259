/**
 * Condition -> tree, with the precedences of expr 1.15 (parser/operator): `not` and `!` bind tighter than a comparison,
 * so `not result[0] > 0.5` is `(not result[0]) > 0.5`, which does not compile.
 */
import { type Token, tokensOf } from './condition-tokens.ts';
import { type ConditionExpr, type ConditionOperator, conditionError } from './condition-tree.ts';

const BINARY: Readonly<Record<string, readonly [precedence: number, operator: ConditionOperator]>> = {
  '||': [10, '||'],
  or: [10, '||'],
  '&&': [15, '&&'],
  and: [15, '&&'],
  '==': [20, '=='],
  '!=': [20, '!='],
  '<': [20, '<'],
  '>': [20, '>'],
  '<=': [20, '<='],
  '>=': [20, '>='],
  in: [20, 'in'],
  '..': [25, '..'],
  '+': [30, '+'],
  '-': [30, '-'],
  '*': [60, '*'],
  '/': [60, '/'],
  '%': [60, '%'],
  '**': [100, '**'],
  '^': [100, '**'],
};
const UNARY: Readonly<Record<string, readonly [precedence: number, operator: '!' | '-' | '+']>> = {
  not: [50, '!'],
  '!': [50, '!'],
  '-': [90, '-'],
  '+': [90, '+'],
};
/** Valid for expr, unknown to the oracle. */
const REFUSED_OPERATORS = new Set(['|', '??', '?.', 'matches', 'contains', 'startsWith', 'endsWith', 'let', '{']);
const FUNCTIONS = new Set([
  'len',
  'abs',
  'ceil',
  'floor',
  'round',
  'max',
  'min',
  'asInt',
  'asFloat',
  'isNaN',
  'isInf',
  'isNil',
  'default',
]);
const PREDICATES = new Set(['all', 'any', 'none', 'one', 'count']);

/** Trees are walked by recursion: what is longer or deeper than anybody writes is refused before the stack ends. */
const LONGEST = 4000;
const DEEPEST = 100;

/** Throws CONDITION_SYNTAX and CONDITION_UNSUPPORTED. */
export function parseCondition(condition: string): ConditionExpr {
  if (condition.length > LONGEST)
    throw conditionError(
      'CONDITION_UNSUPPORTED',
      `${condition.slice(0, 100)}…`,
      `the oracle does not read more than ${LONGEST} characters`,
    );
  const parser = new ConditionParser(condition);
  return parser.whole();
}

class ConditionParser {
  readonly #condition: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;
  #nesting = 0;

  constructor(condition: string) {
    this.#condition = condition;
    this.#tokens = tokensOf(condition);
  }

  whole(): ConditionExpr {
    const expr = this.#expression(0);
    if (this.#current.kind !== 'end') throw this.#unexpected();
    return expr;
  }

  get #current(): Token {
    return this.#tokens[this.#position]!;
  }

  #is(...texts: string[]): boolean {
    return this.#current.kind === 'operator' && texts.includes(this.#current.text);
  }

  #expect(text: string): void {
    if (!this.#is(text)) throw this.#unexpected();
    this.#position += 1;
  }

  #unexpected(): Error {
    if (this.#current.kind === 'operator' && REFUSED_OPERATORS.has(this.#current.text))
      return this.#unknown(this.#current.text);
    return conditionError('CONDITION_SYNTAX', this.#condition, `unexpected ${this.#current.text}`);
  }

  #unknown(what: string): Error {
    return conditionError('CONDITION_UNSUPPORTED', this.#condition, `the oracle does not know ${what}`);
  }

  #expression(precedence: number): ConditionExpr {
    this.#nesting += 1;
    if (this.#nesting > DEEPEST) throw this.#unknown(`more than ${DEEPEST} levels`);
    const expr = this.#flatExpression(precedence);
    this.#nesting -= 1;
    return expr;
  }

  #flatExpression(precedence: number): ConditionExpr {
    let left = this.#primary();
    for (;;) {
      const negated = this.#is('not') && this.#tokens[this.#position + 1]?.text === 'in';
      const token = negated ? this.#tokens[this.#position + 1]! : this.#current;
      const found = token.kind === 'operator' ? BINARY[token.text] : undefined;
      if (!found || found[0] < precedence) break;
      this.#position += negated ? 2 : 1;
      const [level, operator] = found;
      const right = this.#expression(operator === '**' ? level : level + 1);
      left = { kind: 'binary', operator, left, right };
      if (negated) left = { kind: 'unary', operator: '!', operand: left };
    }
    return precedence === 0 ? this.#choices(left) : left;
  }

  #choices(test: ConditionExpr): ConditionExpr {
    let expr = test;
    while (this.#is('?')) {
      this.#position += 1;
      const then = this.#is(':') ? expr : this.#expression(0);
      this.#expect(':');
      expr = { kind: 'choice', test: expr, then, otherwise: this.#expression(0) };
    }
    return expr;
  }

  #primary(): ConditionExpr {
    const token = this.#current;
    const unary = token.kind === 'operator' ? UNARY[token.text] : undefined;
    if (unary) {
      this.#position += 1;
      return this.#postfix({ kind: 'unary', operator: unary[1], operand: this.#expression(unary[0]) });
    }
    if (this.#is('(')) {
      this.#position += 1;
      const expr = this.#expression(0);
      this.#expect(')');
      return this.#postfix(expr);
    }
    if (this.#is('#') && this.#depth > 0) {
      this.#position += 1;
      if (this.#current.kind === 'name') throw this.#unknown(`#${this.#current.text}`);
      return this.#postfix({ kind: 'element' });
    }
    if (this.#is('[')) return this.#postfix(this.#list());
    if (token.kind === 'string') throw this.#unknown('texts');
    if (token.kind === 'number') {
      this.#position += 1;
      return this.#number(token.text);
    }
    if (token.kind !== 'name') throw this.#unexpected();
    this.#position += 1;
    return this.#named(token.text);
  }

  #number(text: string): ConditionExpr {
    const digits = text.replaceAll('_', '');
    const isInteger = /^0x/i.test(digits) || !/[.e]/i.test(digits);
    const value = Number(digits);
    if (Number.isNaN(value)) throw conditionError('CONDITION_SYNTAX', this.#condition, `bad number ${text}`);
    if (isInteger && !Number.isSafeInteger(value)) throw this.#unknown(`the whole number ${text}`);
    return { kind: 'number', value, isInteger };
  }

  #named(name: string): ConditionExpr {
    if (name === 'true' || name === 'false') return { kind: 'boolean', value: name === 'true' };
    if (name === 'nil') return { kind: 'nil' };
    if (this.#is('(')) return this.#postfix(this.#call(name));
    if (name === 'result') return this.#postfix({ kind: 'result' });
    // expr knows the names of its environment only; anything else does not compile.
    if (!FUNCTIONS.has(name) && !PREDICATES.has(name))
      throw conditionError('CONDITION_TYPE', this.#condition, `unknown name ${name}`);
    throw this.#unknown(`the function ${name} without a call`);
  }

  #call(name: string): ConditionExpr {
    if (PREDICATES.has(name)) return this.#predicate(name);
    if (!FUNCTIONS.has(name)) throw this.#unknown(`the function ${name}`);
    this.#expect('(');
    const args: ConditionExpr[] = [];
    while (!this.#is(')')) {
      if (args.length > 0) this.#expect(',');
      args.push(this.#expression(0));
    }
    this.#expect(')');
    return { kind: 'call', name, args };
  }

  #predicate(name: string): ConditionExpr {
    this.#expect('(');
    const list = this.#expression(0);
    this.#expect(',');
    const braces = this.#is('{');
    if (braces) this.#position += 1;
    this.#depth += 1;
    const test = this.#expression(0);
    this.#depth -= 1;
    if (braces) this.#expect('}');
    this.#expect(')');
    return { kind: 'predicate', name, list, test };
  }

  #list(): ConditionExpr {
    this.#expect('[');
    const items: ConditionExpr[] = [];
    while (!this.#is(']')) {
      if (items.length > 0) this.#expect(',');
      if (this.#is(']')) break;
      items.push(this.#expression(0));
    }
    this.#expect(']');
    return { kind: 'list', items };
  }

  #postfix(start: ConditionExpr): ConditionExpr {
    let expr = start;
    while (this.#is('[', '.', '?.')) {
      if (!this.#is('[')) throw this.#unknown('members and methods');
      this.#position += 1;
      if (this.#is(':')) throw this.#unknown('slices');
      const at = this.#expression(0);
      if (this.#is(':')) throw this.#unknown('slices');
      this.#expect(']');
      expr = { kind: 'index', list: expr, at };
    }
    return expr;
  }
}
