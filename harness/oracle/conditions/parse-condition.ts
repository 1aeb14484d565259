/**
 * Condition -> tree, with the precedences of expr 1.15 (parser/operator): `not` and `!` bind tighter than a comparison,
 * so `not result[0] > 0.5` is `(not result[0]) > 0.5`, which does not compile.
 */

import { FUNCTIONS, PREDICATES, UNKNOWN_TO_THE_ORACLE } from './condition-names.ts';
import { BINARY, UNARY } from './condition-precedence.ts';
import { ConditionReader } from './condition-reader.ts';
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
  readonly #reader: ConditionReader;
  #depth = 0;
  readonly #variables: string[] = [];
  #nesting = 0;

  constructor(condition: string) {
    this.#reader = new ConditionReader(condition);
  }

  whole(): ConditionExpr {
    const expr = this.#expression(0);
    if (this.#reader.current.kind !== 'end') throw this.#reader.unexpected();
    return expr;
  }

  #expression(precedence: number): ConditionExpr {
    this.#nesting += 1;
    if (this.#nesting > DEEPEST) throw this.#reader.unknown(`more than ${DEEPEST} levels`);
    const expr = this.#flatExpression(precedence);
    this.#nesting -= 1;
    return expr;
  }

  #flatExpression(precedence: number): ConditionExpr {
    if (precedence === 0 && this.#reader.accept('let')) return this.#declaration();
    let left = this.#primary();
    let previous = '';
    while (this.#reader.current.kind === 'operator') {
      // `not` is swallowed even where the operator behind it binds too loosely: expr does so.
      const negated = this.#reader.accept('not');
      const { kind, text } = this.#reader.current;
      if (kind === 'operator' && text === '|' && precedence === 0) {
        this.#reader.skip();
        left = this.#pipe(left);
        previous = text;
        continue;
      }
      const found = kind === 'operator' ? BINARY[text] : undefined;
      if (!found || found[0] < precedence) break;
      this.#reader.skip();
      const [level, operator] = found;
      if (previous === '??' && operator !== '??')
        throw this.#reader.syntax(`${text} and ?? cannot be mixed without brackets`);
      const right = this.#expression(operator === '**' ? level : level + 1);
      left = { kind: 'binary', operator, left, right };
      if (negated) left = { kind: 'unary', operator: '!', operand: left };
      previous = text;
    }
    return precedence === 0 ? this.#choices(left) : left;
  }

  #declaration(): ConditionExpr {
    const name = this.#reader.name();
    if (PREDICATES.has(name) || FUNCTIONS.has(name) || name === 'result' || this.#variables.includes(name))
      throw this.#reader.type(`cannot redeclare ${name}`);
    this.#reader.expect('=');
    const value = this.#expression(0);
    this.#reader.expect(';');
    this.#variables.push(name);
    const body = this.#expression(0);
    this.#variables.pop();
    return { kind: 'let', name, value, body };
  }

  #choices(test: ConditionExpr): ConditionExpr {
    let expr = test;
    while (this.#reader.accept('?')) {
      const chosen = this.#reader.is(':') ? expr : this.#expression(0);
      this.#reader.expect(':');
      expr = { kind: 'choice', test: expr, chosen, otherwise: this.#expression(0) };
    }
    return expr;
  }

  #primary(): ConditionExpr {
    const token = this.#reader.current;
    const unary = token.kind === 'operator' ? UNARY[token.text] : undefined;
    if (unary) {
      this.#reader.skip();
      return this.#postfix({ kind: 'unary', operator: unary[1], operand: this.#expression(unary[0]) });
    }
    if (this.#reader.accept('(')) {
      const expr = this.#expression(0);
      this.#reader.expect(')');
      return this.#postfix(expr);
    }
    if (this.#reader.is('#', '.')) {
      if (this.#depth === 0)
        throw this.#reader.syntax('# and . mean an element, which is there inside a predicate only');
      const named = this.#reader.accept('#') && this.#reader.current.kind === 'name';
      return this.#postfix({ kind: 'element', name: named ? this.#reader.name() : '' });
    }
    if (this.#reader.is('[')) return this.#postfix(this.#list());
    if (this.#reader.is('{')) throw this.#reader.unknown('maps');
    if (token.kind === 'operator' || token.kind === 'end') throw this.#reader.unexpected();
    this.#reader.skip();
    if (token.kind === 'string') return this.#postfix({ kind: 'string', value: this.#reader.textOf(token) });
    if (token.kind === 'number') return this.#postfix({ kind: 'number', ...this.#reader.numberOf(token) });
    return this.#named(token.text);
  }

  #named(name: string): ConditionExpr {
    if (name === 'true' || name === 'false') return { kind: 'boolean', value: name === 'true' };
    if (name === 'nil') return { kind: 'nil' };
    if (this.#reader.is('(')) return this.#postfix(this.#call(name, []));
    if (name === 'result') return this.#postfix({ kind: 'result' });
    if (this.#variables.includes(name)) return this.#postfix({ kind: 'variable', name });
    if (FUNCTIONS.has(name) || PREDICATES.has(name) || UNKNOWN_TO_THE_ORACLE.has(name) || name === '$env')
      throw this.#reader.unknown(`the name ${name} without a call`);
    // expr knows the names of its environment only; anything else does not compile.
    throw this.#reader.type(`unknown name ${name}`);
  }

  /** `given` are the arguments before the brackets: what a pipe carries. */
  #call(name: string, given: readonly ConditionExpr[]): ConditionExpr {
    if (PREDICATES.has(name)) return this.#predicate(name, given[0]);
    if (UNKNOWN_TO_THE_ORACLE.has(name)) throw this.#reader.unknown(`the function ${name}`);
    this.#reader.expect('(');
    const args = [...given];
    while (!this.#reader.is(')')) {
      if (args.length > given.length) this.#reader.expect(',');
      args.push(this.#expression(0));
    }
    this.#reader.expect(')');
    if (!FUNCTIONS.has(name)) throw this.#reader.type(`unknown function ${name}`);
    return { kind: 'call', name, args };
  }

  #predicate(name: string, given: ConditionExpr | undefined): ConditionExpr {
    this.#reader.expect('(');
    const list = given ?? this.#expression(0);
    if (!given) this.#reader.expect(',');
    const braces = this.#reader.accept('{');
    this.#depth += 1;
    const test = this.#expression(0);
    this.#depth -= 1;
    if (braces) this.#reader.expect('}');
    const initial = name === 'reduce' && this.#reader.accept(',') ? this.#expression(0) : undefined;
    this.#reader.expect(')');
    return { kind: 'predicate', name, list, test, ...(initial ? { initial } : {}) };
  }

  #pipe(carried: ConditionExpr): ConditionExpr {
    return this.#call(this.#reader.name(), [carried]);
  }

  #list(): ConditionExpr {
    this.#reader.expect('[');
    const items: ConditionExpr[] = [];
    while (!this.#reader.is(']')) {
      if (items.length > 0) this.#reader.expect(',');
      if (this.#reader.is(']')) break;
      items.push(this.#expression(0));
    }
    this.#reader.expect(']');
    return { kind: 'list', items };
  }

  #postfix(start: ConditionExpr): ConditionExpr {
    let expr = start;
    while (this.#reader.is('[', '.', '?.')) {
      if (this.#reader.accept('[')) expr = this.#bracketed(expr);
      else {
        const isOptional = this.#reader.current.text === '?.';
        this.#reader.skip();
        const { kind, text } = this.#reader.current;
        if (kind !== 'name' && !/^[a-zA-Z]/.test(text)) throw this.#reader.syntax(`expected a name, not ${text}`);
        if (kind === 'end') throw this.#reader.unexpected();
        this.#reader.skip();
        if (this.#reader.is('(')) throw this.#reader.unknown('methods');
        const isChain = expr.kind === 'chain';
        const base = expr.kind === 'chain' ? expr.inner : expr;
        expr = { kind: 'member', base, name: text, isOptional };
        if (isChain || isOptional) expr = { kind: 'chain', inner: expr };
      }
    }
    return expr;
  }

  #bracketed(list: ConditionExpr): ConditionExpr {
    const start = this.#reader.is(':') ? undefined : this.#expression(0);
    if (start && this.#reader.accept(']')) return { kind: 'index', list, at: start };
    this.#reader.expect(':');
    const end = this.#reader.is(']') ? undefined : this.#expression(0);
    this.#reader.expect(']');
    return { kind: 'slice', list, start, end };
  }
}
