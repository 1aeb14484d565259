/** Reads the tokens of a condition one after another, and words what is wrong at the one that it stands at. */
import { type Token, textOfQuoted, tokensOf } from './condition-tokens.ts';
import { conditionError } from './condition-tree.ts';

export class ConditionReader {
  readonly #condition: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  /** @throws HarnessError CONDITION_SYNTAX for a text that is no tokens */
  constructor(condition: string) {
    this.#condition = condition;
    this.#tokens = tokensOf(condition);
  }

  get current(): Token {
    return this.#tokens[this.#position]!;
  }

  skip(): void {
    this.#position += 1;
  }

  is(...texts: string[]): boolean {
    return this.current.kind === 'operator' && texts.includes(this.current.text);
  }

  /** Skips this operator; false where another token stands. */
  accept(text: string): boolean {
    const found = this.is(text);
    if (found) this.skip();
    return found;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected();
  }

  name(): string {
    const { kind, text } = this.current;
    if (kind !== 'name') throw this.unexpected();
    this.skip();
    return text;
  }

  /** The content of a quoted token. */
  textOf({ text }: Token): string {
    const value = textOfQuoted(text);
    if (value === undefined) throw this.syntax(`bad text ${text}`);
    return value;
  }

  numberOf({ text }: Token): { readonly value: number; readonly isInteger: boolean } {
    const digits = text.replaceAll('_', '');
    const isInteger = /^0x/i.test(digits) || !/[.e]/i.test(digits);
    const value = Number(digits);
    if (Number.isNaN(value)) throw this.syntax(`bad number ${text}`);
    if (isInteger && !Number.isSafeInteger(value)) throw this.unknown(`the whole number ${text}`);
    return { value, isInteger };
  }

  unexpected(): Error {
    return this.syntax(`unexpected ${this.current.text}`);
  }

  syntax(problem: string): Error {
    return conditionError('CONDITION_SYNTAX', this.#condition, problem);
  }

  /** What expr would refuse to compile. */
  type(problem: string): Error {
    return conditionError('CONDITION_TYPE', this.#condition, problem);
  }

  unknown(what: string): Error {
    return conditionError('CONDITION_UNSUPPORTED', this.#condition, `the oracle does not know ${what}`);
  }
}
