/** Values of a running condition, with the differences that expr can see: int and float, and lists by their Go type. */

/** bigint: a whole number; number: a float. */
export type ConditionValue = boolean | number | bigint | string | null | ValueList;

/** `[]float64` (the result), `[]int` (a range), `[]any` (written out, filtered, mapped). */
export class ValueList {
  readonly items: readonly ConditionValue[];
  readonly of: 'float' | 'int' | 'any';
  readonly #whole: ValueList;
  readonly #from: number;

  constructor(items: readonly ConditionValue[], of: 'float' | 'int' | 'any', whole?: ValueList, from = 0) {
    this.items = items;
    this.of = of;
    this.#whole = whole ?? this;
    this.#from = from;
  }

  part(from: number, to: number): ValueList {
    return new ValueList(this.items.slice(from, to), this.of, this.#whole, this.#from + from);
  }

  /** The very same memory, which DeepEqual takes for equal even where it holds NaN. */
  isSame(other: ValueList): boolean {
    return this.#whole === other.#whole && this.#from === other.#from && this.items.length === other.items.length;
  }
}

export function isNumeric(value: ConditionValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** vm/runtime, Equal: numbers by value, whatever their type; lists only with lists of the same Go type. */
export function isEqual(a: ConditionValue, b: ConditionValue): boolean {
  if (isNumeric(a) && isNumeric(b)) return typeof a === typeof b ? a === b : Number(a) === Number(b);
  if (a instanceof ValueList && b instanceof ValueList) return isDeepEqual(a, b);
  return a === b;
}

/** Go's reflect.DeepEqual, which does not take 1 for 1.0. */
function isDeepEqual(a: ConditionValue, b: ConditionValue): boolean {
  if (!(a instanceof ValueList) || !(b instanceof ValueList)) return a === b;
  if (a.isSame(b)) return true;
  if (a.of !== b.of || a.items.length !== b.items.length) return false;
  return a.items.every((item, index) => isDeepEqual(item, b.items[index]!));
}

/** -1, 0 or 1; NaN when either is NaN; undefined when they cannot be compared. */
export function compared(a: ConditionValue, b: ConditionValue): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (!isNumeric(a) || !isNumeric(b)) return undefined;
  const [x, y] = typeof a === typeof b ? [a, b] : [Number(a), Number(b)];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x < y) return -1;
  return x > y ? 1 : 0;
}
