/** The functions over the elements of a list: loops that stop as soon as they know, as expr compiles them. */

import type { ConditionEvaluation, ConditionScope } from './condition-evaluation.ts';
import type { ConditionExpr } from './condition-tree.ts';
import { type ConditionValue, ValueList } from './condition-value.ts';

/** `find!` is `filter(...)[0]`: it fails where `find` gives nil. */
export function evaluatePredicate(
  evaluation: ConditionEvaluation,
  { name, list, test, initial }: ConditionExpr & { kind: 'predicate' },
  scope: ConditionScope,
): ConditionValue {
  const given = evaluation.value(list, scope);
  if (typeof given === 'string') throw evaluation.refuses('loops over a text');
  if (!(given instanceof ValueList)) throw evaluation.fails('a list was needed');
  const { items } = given;
  const holds = (element: ConditionValue, index: number) => evaluation.boolean(test, { ...scope, element, index });
  const none = (found: ConditionValue | undefined): ConditionValue => {
    if (found !== undefined) return found;
    if (name === 'find!') throw evaluation.fails('index out of range: no element is like that');
    return null;
  };
  switch (name) {
    case 'all':
      return items.every(holds);
    case 'any':
      return items.some(holds);
    case 'none':
      return !items.some(holds);
    case 'one':
      return items.filter(holds).length === 1;
    case 'count':
      return BigInt(items.filter(holds).length);
    case 'filter':
      return new ValueList(items.filter(holds), 'any');
    case 'map':
      return new ValueList(
        items.map((element, index) => evaluation.value(test, { ...scope, element, index })),
        'any',
      );
    case 'find':
    case 'find!':
      return none(items.find(holds));
    case 'findIndex':
      return positionOf(items.findIndex(holds));
    default: {
      if (!initial && items.length === 0) throw evaluation.fails('reduce of an empty list');
      let accumulated = initial ? evaluation.value(initial, scope) : items[0]!;
      for (let index = initial ? 0 : 1; index < items.length; index += 1)
        accumulated = evaluation.value(test, { ...scope, element: items[index]!, index, accumulated });
      return accumulated;
    }
  }
}

function positionOf(index: number): ConditionValue {
  return index < 0 ? null : BigInt(index);
}
