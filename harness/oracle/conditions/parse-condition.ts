/**
 * Condition -> tree, with the precedences of expr 1.15 (parser/operator): `not` and `!` bind tighter than a comparison,
 * so `not result[0] > 0.5` is `(not result[0]) > 0.5`, which does not compile.
 */

import { FUNCTIONS, PREDICATES, UNKNOWN_TO_THE_ORACLE } from './condition-names.ts';
import { BINARY, UNARY } from './condition-precedence.ts';
import { type Token, textOfQuoted, tokensOf } from './condition-tokens.ts';
import { type ConditionExpr, conditionError } from './condition-tree.ts';

/** Trees are walked by recursion: what is longer or deeper than anybody writes is refused before the stack ends. */
const LONGEST = 4000;
const DEEPEST = 100;

/** Throws CONDITION_SYNTAX and CONDITION_UNSUPPORTED; CONDITION_TYPE for a name that nothing has. */
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
  readonly #variables: string[] = [];
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

  #accept(text: string): boolean {
    const found = this.#is(text);
    if (found) this.#position += 1;
    return found;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#unexpected();
  }

  #name(): string {
    const { kind, text } = this.#current;
    if (kind !== 'name') throw this.#unexpected();
    this.#position += 1;
    return text;
  }

  #fails(problem: string): Error {
    return conditionError('CONDITION_SYNTAX', this.#condition, problem);
  }

  #unexpected(): Error {
    return this.#fails(`unexpected ${this.#current.text}`);
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
    if (precedence === 0 && this.#accept('let')) return this.#declaration();
    let left = this.#primary();
    let previous = '';
    while (this.#current.kind === 'operator') {
      // `not` is swallowed even where the operator behind it binds too loosely: expr does so.
      const negated = this.#accept('not');
      const { kind, text } = this.#current;
      if (kind === 'operator' && text === '|' && precedence === 0) {
        this.#position += 1;
        left = this.#pipe(left);
        previous = text;
        continue;
      }
      const found = kind === 'operator' ? BINARY[text] : undefined;
      if (!found || found[0] < precedence) break;
      this.#position += 1;
      const [level, operator] = found;
      if (previous === '??' && operator !== '??') throw this.#fails(`${text} and ?? cannot be mixed without brackets`);
      const right = this.#expression(operator === '**' ? level : level + 1);
      left = { kind: 'binary', operator, left, right };
      if (negated) left = { kind: 'unary', operator: '!', operand: left };
      previous = text;
    }
    return precedence === 0 ? this.#choices(left) : left;
  }

  #declaration(): ConditionExpr {
    const name = this.#name();
    if (PREDICATES.has(name) || FUNCTIONS.has(name) || name === 'result' || this.#variables.includes(name))
      throw conditionError('CONDITION_TYPE', this.#condition, `cannot redeclare ${name}`);
    this.#expect('=');
    const value = this.#expression(0);
    this.#expect(';');
    this.#variables.push(name);
    const body = this.#expression(0);
    this.#variables.pop();
    return { kind: 'let', name, value, body };
  }

  #choices(test: ConditionExpr): ConditionExpr {
    let expr = test;
    while (this.#accept('?')) {
      const chosen = this.#is(':') ? expr : this.#expression(0);
      this.#expect(':');
      expr = { kind: 'choice', test: expr, chosen, otherwise: this.#expression(0) };
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
    if (this.#accept('(')) {
      const expr = this.#expression(0);
      this.#expect(')');
      return this.#postfix(expr);
    }
    if (this.#is('#', '.')) {
      if (this.#depth === 0) throw this.#fails('# and . mean an element, which is there inside a predicate only');
      const named = this.#accept('#') && this.#current.kind === 'name';
      return this.#postfix({ kind: 'element', name: named ? this.#name() : '' });
    }
    if (this.#is('[')) return this.#postfix(this.#list());
    if (this.#is('{')) throw this.#unknown('maps');
    this.#position += 1;
    if (token.kind === 'string') return this.#postfix({ kind: 'string', value: this.#text(token.text) });
    if (token.kind === 'number') return this.#postfix(this.#number(token.text));
    this.#position -= 1;
    if (token.kind !== 'name') throw this.#unexpected();
    this.#position += 1;
    return this.#named(token.text);
  }

  #text(quoted: string): string {
    const value = textOfQuoted(quoted);
    if (value === undefined) throw this.#fails(`bad text ${quoted}`);
    return value;
  }

  #number(text: string): ConditionExpr {
    const digits = text.replaceAll('_', '');
    const isInteger = /^0x/i.test(digits) || !/[.e]/i.test(digits);
    const value = Number(digits);
    if (Number.isNaN(value)) throw this.#fails(`bad number ${text}`);
    if (isInteger && !Number.isSafeInteger(value)) throw this.#unknown(`the whole number ${text}`);
    return { kind: 'number', value, isInteger };
  }

  #named(name: string): ConditionExpr {
    if (name === 'true' || name === 'false') return { kind: 'boolean', value: name === 'true' };
    if (name === 'nil') return { kind: 'nil' };
    if (this.#is('(')) return this.#postfix(this.#call(name, []));
    if (name === 'result') return this.#postfix({ kind: 'result' });
    if (this.#variables.includes(name)) return this.#postfix({ kind: 'variable', name });
    if (FUNCTIONS.has(name) || PREDICATES.has(name) || UNKNOWN_TO_THE_ORACLE.has(name) || name === '$env')
      throw this.#unknown(`the name ${name} without a call`);
    // expr knows the names of its environment only; anything else does not compile.
    throw conditionError('CONDITION_TYPE', this.#condition, `unknown name ${name}`);
  }

  /** `given` are the arguments before the brackets: what a pipe carries. */
  #call(name: string, given: readonly ConditionExpr[]): ConditionExpr {
    if (PREDICATES.has(name)) return this.#predicate(name, given[0]);
    if (UNKNOWN_TO_THE_ORACLE.has(name)) throw this.#unknown(`the function ${name}`);
    this.#expect('(');
    const args = [...given];
    while (!this.#is(')')) {
      if (args.length > given.length) this.#expect(',');
      args.push(this.#expression(0));
    }
    this.#expect(')');
    if (!FUNCTIONS.has(name)) throw conditionError('CONDITION_TYPE', this.#condition, `unknown function ${name}`);
    return { kind: 'call', name, args };
  }

  #predicate(name: string, given: ConditionExpr | undefined): ConditionExpr {
    this.#expect('(');
    const list = given ?? this.#expression(0);
    if (!given) this.#expect(',');
    const braces = this.#accept('{');
    this.#depth += 1;
    const test = this.#expression(0);
    this.#depth -= 1;
    if (braces) this.#expect('}');
    const initial = name === 'reduce' && this.#accept(',') ? this.#expression(0) : undefined;
    this.#expect(')');
    return { kind: 'predicate', name, list, test, ...(initial ? { initial } : {}) };
  }

  #pipe(carried: ConditionExpr): ConditionExpr {
    return this.#call(this.#name(), [carried]);
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
      if (this.#accept('[')) expr = this.#bracketed(expr);
      else {
        const isOptional = this.#current.text === '?.';
        this.#position += 1;
        const { kind, text } = this.#current;
        if (kind !== 'name' && !/^[a-zA-Z]/.test(text)) throw this.#fails(`expected a name, not ${text}`);
        if (kind === 'end') throw this.#unexpected();
        this.#position += 1;
        if (this.#is('(')) throw this.#unknown('methods');
        const isChain = expr.kind === 'chain';
        const base = expr.kind === 'chain' ? expr.inner : expr;
        expr = { kind: 'member', base, name: text, isOptional };
        if (isChain || isOptional) expr = { kind: 'chain', inner: expr };
      }
    }
    return expr;
  }

  #bracketed(list: ConditionExpr): ConditionExpr {
    const start = this.#is(':') ? undefined : this.#expression(0);
    if (start && this.#accept(']')) return { kind: 'index', list, at: start };
    this.#expect(':');
    const end = this.#is(']') ? undefined : this.#expression(0);
    this.#expect(']');
    return { kind: 'slice', list, start, end };
  }
}
