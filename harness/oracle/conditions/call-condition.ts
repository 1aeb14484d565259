/** The functions of conditions, called (expr 1.15, builtin, and Argo's EvalCondition). */

import type { ConditionEvaluation } from './condition-evaluation.ts';
import { type ConditionValue, compared, isNumeric, ValueList } from './condition-value.ts';
import { wrapInt } from './go-number.ts';

/** @throws HarnessError CONDITION_RUNTIME, CONDITION_UNSUPPORTED */
export function callCondition(
  evaluation: ConditionEvaluation,
  name: string,
  args: readonly ConditionValue[],
): ConditionValue {
  const first = args[0]!;
  switch (name) {
    // Both look at the result itself, whatever they are given, and the result of a query is never nil.
    case 'isNil':
      return false;
    case 'default':
      return evaluation.result;
    case 'isNaN':
    case 'isInf':
      if (typeof first !== 'number') throw evaluation.fails(`${name} needs a float`);
      return name === 'isNaN' ? Number.isNaN(first) : Math.abs(first) === Number.POSITIVE_INFINITY;
    case 'asInt':
    case 'int':
      return toInt(evaluation, name, first);
    case 'asFloat':
    case 'float':
      return toFloat(evaluation, name, first);
    case 'string':
      return toText(evaluation, first);
    case 'type':
      return typeName(first);
    case 'len':
      if (typeof first === 'string') return BigInt(Buffer.byteLength(first));
      return BigInt(listOf(evaluation, first).items.length);
    case 'max':
    case 'min':
      return extreme(evaluation, name, args);
    case 'abs':
    case 'ceil':
    case 'floor':
    case 'round':
      return rounded(evaluation, name, first);
    case 'sum':
    case 'mean':
    case 'median':
      return ofNumbers(evaluation, name, listOf(evaluation, first).items);
    case 'first':
    case 'last': {
      if (!(first instanceof ValueList)) return null;
      return first.items.at(name === 'first' ? 0 : -1) ?? null;
    }
    case 'get':
      return got(evaluation, first, args[1]!);
    case 'take': {
      const list = listOf(evaluation, first);
      const count = args[1]!;
      if (typeof count !== 'bigint') throw evaluation.fails('take needs a whole number');
      if (count < 0n) throw evaluation.fails('slice bounds out of range');
      return list.part(0, Number(count));
    }
    default:
      return ofTexts(evaluation, name, args);
  }
}

function listOf(evaluation: ConditionEvaluation, value: ConditionValue): ValueList {
  if (value instanceof ValueList) return value;
  throw evaluation.fails('a list was needed');
}

function toInt(evaluation: ConditionEvaluation, name: string, value: ConditionValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') {
    // ParseInt and Atoi know signs, but neither fractions nor blanks.
    if (!/^[+-]?\d+$/.test(value)) throw evaluation.fails(`${name}: invalid syntax ${JSON.stringify(value)}`);
    const whole = BigInt(value.replace(/^\+/, ''));
    if (wrapInt(whole) !== whole) throw evaluation.fails(`${name}: value out of range`);
    return whole;
  }
  if (typeof value !== 'number') throw evaluation.fails(`${name} is not supported on this`);
  // Go leaves it to the processor what a NaN or a number beyond 64 bits becomes.
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) throw evaluation.refuses(`${name}(${value})`);
  return BigInt(Math.trunc(value));
}

function toFloat(evaluation: ConditionEvaluation, name: string, value: ConditionValue): number {
  if (isNumeric(value)) return Number(value);
  if (typeof value !== 'string') throw evaluation.fails(`${name} is not supported on this`);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(value);
  if (special) {
    if (special[2]!.toLowerCase() === 'nan') {
      if (special[1] !== '') throw evaluation.fails(`${name}: invalid syntax`);
      return Number.NaN;
    }
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
    const number = Number(value);
    if (!Number.isFinite(number)) throw evaluation.fails(`${name}: value out of range`);
    return number;
  }
  if (/^[+-]?0x/i.test(value) || value.includes('_')) throw evaluation.refuses(`${name}(${JSON.stringify(value)})`);
  throw evaluation.fails(`${name}: invalid syntax ${JSON.stringify(value)}`);
}

function toText(evaluation: ConditionEvaluation, value: ConditionValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value === null) return '<nil>';
  // Go prints whole floats below 10^21 and fractions of few digits as JavaScript does, the rest with an exponent.
  if (typeof value === 'number' && (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6)))
    return Object.is(value, -0) ? '-0' : String(value);
  throw evaluation.refuses('the text of this value');
}

function typeName(value: ConditionValue): string {
  if (value === null) return 'nil';
  if (value instanceof ValueList) return 'array';
  const names: Readonly<Record<string, string>> = { bigint: 'int', number: 'float', boolean: 'bool' };
  return names[typeof value] ?? 'string';
}

/** The first argument stays unless a later one is really beyond it: NaN neither gives way nor wins. */
function extreme(evaluation: ConditionEvaluation, name: string, args: readonly ConditionValue[]): ConditionValue {
  return args.reduce((best, value) => {
    if (best === null) return value;
    const order = compared(value, best);
    if (order === undefined) throw evaluation.fails(`${name} cannot compare these`);
    return (name === 'max' ? order > 0 : order < 0) ? value : best;
  });
}

function rounded(evaluation: ConditionEvaluation, name: string, value: ConditionValue): ConditionValue {
  if (!isNumeric(value)) throw evaluation.fails(`invalid argument for ${name}`);
  if (name === 'abs') {
    if (typeof value === 'bigint') return value < 0n ? wrapInt(-value) : value;
    return value < 0 ? -value : value;
  }
  const number = Number(value);
  if (name === 'ceil') return Math.ceil(number);
  if (name === 'floor') return Math.floor(number);
  // halves away from zero
  return Math.sign(number) * Math.round(Math.abs(number));
}

function ofNumbers(evaluation: ConditionEvaluation, name: string, items: readonly ConditionValue[]): ConditionValue {
  const numbers = items.map((item) => {
    if (!isNumeric(item)) throw evaluation.fails(`cannot ${name} this`);
    return item;
  });
  if (name === 'sum') {
    if (numbers.every((item) => typeof item === 'bigint')) return numbers.reduce((a, b) => wrapInt(a + b), 0n);
    return numbers.reduce((a: number, b) => a + Number(b), 0);
  }
  if (numbers.length === 0) return 0;
  const floats = numbers.map(Number);
  if (name === 'mean') return floats.reduce((a, b) => a + b, 0) / floats.length;
  const sorted = floats.toSorted((a, b) =>
    Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : Number.isNaN(b) ? 1 : a - b,
  );
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 0 ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[middle]!;
}

function got(evaluation: ConditionEvaluation, base: ConditionValue, at: ConditionValue): ConditionValue {
  if (typeof base === 'string') throw evaluation.refuses('single characters');
  if (!(base instanceof ValueList) || !isNumeric(at)) return null;
  if (!Number.isFinite(Number(at))) throw evaluation.refuses(`the index ${at}`);
  return base.items.at(Math.trunc(Number(at))) ?? null;
}

function ofTexts(evaluation: ConditionEvaluation, name: string, args: readonly ConditionValue[]): ConditionValue {
  const texts = args.map((arg) => {
    if (typeof arg !== 'string') throw evaluation.fails(`${name} needs a text`);
    return arg;
  });
  const [text, part = ''] = texts as [string, string?];
  if (name === 'upper') return text.toUpperCase();
  if (name === 'lower') return text.toLowerCase();
  if (name === 'hasPrefix') return text.startsWith(part);
  if (name === 'hasSuffix') return text.endsWith(part);
  const at = text.indexOf(part);
  return BigInt(at < 0 ? -1 : Buffer.byteLength(text.slice(0, at)));
}
