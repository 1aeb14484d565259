/** The operators of conditions that take values of several kinds (expr 1.15, vm and vm/runtime). */

import { goPattern } from '../promql/promql-literals.ts';
import type { ConditionEvaluation } from './condition-evaluation.ts';
import type { ConditionExpr } from './condition-tree.ts';
import { type ConditionValue, isEqual, isNumeric, ValueList } from './condition-value.ts';
import { goPower, wrapInt } from './go-number.ts';

export function isIn(
  evaluation: ConditionEvaluation,
  needle: ConditionValue,
  list: ConditionValue,
  written: ConditionExpr,
): boolean {
  if (list === null) return false;
  if (!(list instanceof ValueList)) throw evaluation.fails('in needs a list');
  // expr makes a set of texts of such a list, in which nothing else can be looked up.
  const isSetOfTexts =
    written.kind === 'list' && written.items.length > 0 && written.items.every(({ kind }) => kind === 'string');
  if (isSetOfTexts && needle === null) return list.items.includes('');
  if (isSetOfTexts && typeof needle !== 'string') throw evaluation.fails('only a text can be in a list of texts');
  return list.items.some((item) => isEqual(item, needle));
}

export function ofTexts(
  evaluation: ConditionEvaluation,
  operator: string,
  a: ConditionValue,
  b: ConditionValue,
): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') throw evaluation.fails(`${operator} needs texts`);
  if (operator === 'contains') return a.includes(b);
  if (operator === 'startsWith') return a.startsWith(b);
  if (operator === 'endsWith') return a.endsWith(b);
  const pattern = goPattern(b);
  if (!pattern) throw evaluation.refuses(`the pattern ${b}`);
  return pattern.test(a);
}

export function arithmetic(
  evaluation: ConditionEvaluation,
  operator: string,
  a: ConditionValue,
  b: ConditionValue,
): ConditionValue {
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b;
  if (!isNumeric(a) || !isNumeric(b)) throw evaluation.fails(`${operator} needs numbers`);
  const [x, y] = [Number(a), Number(b)];
  if (operator === '/') return x / y;
  if (operator === '**') return goPower(x, y);
  if (typeof a === 'bigint' && typeof b === 'bigint') return whole(evaluation, operator, a, b);
  if (operator === '+') return x + y;
  if (operator === '-') return x - y;
  if (operator === '*') return x * y;
  if (operator === '%') throw evaluation.fails('% needs whole numbers');
  throw evaluation.refuses('a range of fractions');
}

function whole(evaluation: ConditionEvaluation, operator: string, a: bigint, b: bigint): ConditionValue {
  switch (operator) {
    case '+':
      return wrapInt(a + b);
    case '-':
      return wrapInt(a - b);
    case '*':
      return wrapInt(a * b);
    case '%':
      if (b === 0n) throw evaluation.fails('integer divide by zero');
      return a % b;
    default: {
      const size = b - a + 1n;
      if (size > 1_000_000n) throw evaluation.fails('memory budget exceeded');
      return new ValueList(
        Array.from({ length: Math.max(0, Number(size)) }, (_, index) => a + BigInt(index)),
        'int',
      );
    }
  }
}
