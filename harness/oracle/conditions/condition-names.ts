/** The functions that a condition may call (expr 1.15, builtin, and the environment of Argo's EvalCondition). */

/** Take a list and an expression over `#`. */
export const PREDICATES: ReadonlySet<string> = new Set([
  'all',
  'any',
  'none',
  'one',
  'count',
  'filter',
  'map',
  'find',
  'findIndex',
  'reduce',
]);

/** Argo's own. */
const ENVIRONMENT: ReadonlySet<string> = new Set(['asInt', 'asFloat', 'isNaN', 'isInf', 'isNil', 'default']);

export const FUNCTIONS: ReadonlySet<string> = new Set([
  ...ENVIRONMENT,
  'len',
  'type',
  'abs',
  'ceil',
  'floor',
  'round',
  'max',
  'min',
  'int',
  'float',
  'string',
  'sum',
  'mean',
  'median',
  'first',
  'last',
  'get',
  'take',
  'upper',
  'lower',
  'hasPrefix',
  'hasSuffix',
  'indexOf',
]);

/** expr knows them, the oracle does not. The two of `findLast` leave values on expr's stack that confuse what follows. */
export const UNKNOWN_TO_THE_ORACLE: ReadonlySet<string> = new Set([
  'findLast',
  'findLastIndex',
  'groupBy',
  'trim',
  'trimPrefix',
  'trimSuffix',
  'split',
  'splitAfter',
  'replace',
  'repeat',
  'join',
  'lastIndexOf',
  'toJSON',
  'fromJSON',
  'toBase64',
  'fromBase64',
  'now',
  'duration',
  'date',
  'keys',
  'values',
  'toPairs',
  'fromPairs',
  'sort',
  'sortBy',
]);
