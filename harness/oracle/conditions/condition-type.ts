/** The types that expr tells apart in a condition. */

/** `any`: known only when it is evaluated (what `default` returns). */
export type ConditionType = 'boolean' | 'integer' | 'float' | 'string' | 'nil' | 'any' | `list<${string}>`;

export const isNumber = (type: ConditionType): boolean => type === 'integer' || type === 'float';
export const isList = (type: ConditionType): boolean => type.startsWith('list<');

export function elementOf(type: ConditionType): ConditionType {
  return isList(type) ? (type.slice(5, -1) as ConditionType) : 'any';
}

const NAMES: Readonly<Record<string, string>> = {
  float: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  string: 'a text',
  nil: 'nil',
};

/** `list<float>` is what a Prometheus vector is. */
export function nameOfType(type: ConditionType): string {
  if (type === 'list<float>') return 'a list of numbers';
  return isList(type) ? 'a list' : (NAMES[type] ?? type);
}
