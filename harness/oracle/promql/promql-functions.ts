/** Signatures of the functions that the oracle evaluates; types are checked before anything is evaluated. */
import type { ValueType } from './promql-tree.ts';

export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional: number;
  /** The last argument may come again and again. */
  readonly isVariadic?: true;
  readonly returns: ValueType;
}

const overTime: FunctionSignature = { args: ['matrix'], optional: 0, returns: 'vector' };
const ofVector: FunctionSignature = { args: ['vector'], optional: 0, returns: 'vector' };

const ofDate: FunctionSignature = { args: ['vector'], optional: 1, returns: 'vector' };

const OF_NUMBER = [
  ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'deg', 'rad'],
];
/** Of the time that a value is; of now without an argument. */
export const OF_DATE: Readonly<Record<string, (date: Date) => number>> = {
  minute: (date) => date.getUTCMinutes(),
  hour: (date) => date.getUTCHours(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_month: (date) => date.getUTCDate(),
  day_of_year: (date) =>
    (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) /
      86_400_000 +
    1,
  days_in_month: (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

export const FUNCTIONS: Readonly<Record<string, FunctionSignature>> = {
  rate: overTime,
  increase: overTime,
  irate: overTime,
  delta: overTime,
  idelta: overTime,
  resets: overTime,
  changes: overTime,
  avg_over_time: overTime,
  min_over_time: overTime,
  max_over_time: overTime,
  sum_over_time: overTime,
  count_over_time: overTime,
  last_over_time: overTime,
  first_over_time: overTime,
  present_over_time: overTime,
  absent_over_time: overTime,
  quantile_over_time: { args: ['scalar', 'matrix'], optional: 0, returns: 'vector' },
  stddev_over_time: overTime,
  stdvar_over_time: overTime,
  deriv: overTime,
  predict_linear: { args: ['matrix', 'scalar'], optional: 0, returns: 'vector' },
  absent: ofVector,
  abs: ofVector,
  ceil: ofVector,
  floor: ofVector,
  sqrt: ofVector,
  exp: ofVector,
  ln: ofVector,
  log2: ofVector,
  log10: ofVector,
  sgn: ofVector,
  sort: ofVector,
  sort_desc: ofVector,
  round: { args: ['vector', 'scalar'], optional: 1, returns: 'vector' },
  clamp: { args: ['vector', 'scalar', 'scalar'], optional: 0, returns: 'vector' },
  clamp_min: { args: ['vector', 'scalar'], optional: 0, returns: 'vector' },
  clamp_max: { args: ['vector', 'scalar'], optional: 0, returns: 'vector' },
  histogram_quantile: { args: ['scalar', 'vector'], optional: 0, returns: 'vector' },
  scalar: { args: ['vector'], optional: 0, returns: 'scalar' },
  vector: { args: ['scalar'], optional: 0, returns: 'vector' },
  pi: { args: [], optional: 0, returns: 'scalar' },
  label_replace: { args: ['vector', 'string', 'string', 'string', 'string'], optional: 0, returns: 'vector' },
  label_join: { args: ['vector', 'string', 'string', 'string'], optional: 1, isVariadic: true, returns: 'vector' },
  ...Object.fromEntries(OF_NUMBER.map((name) => [name, ofVector])),
  ...Object.fromEntries(Object.keys(OF_DATE).map((name) => [name, ofDate])),
  time: { args: [], optional: 0, returns: 'scalar' },
};
