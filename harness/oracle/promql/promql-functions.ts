/** Signatures of the functions that the oracle evaluates; types are checked before anything is evaluated. */
import type { ValueType } from './promql-tree.ts';

export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional: number;
  readonly returns: ValueType;
}

const overTime: FunctionSignature = { args: ['matrix'], optional: 0, returns: 'vector' };
const ofVector: FunctionSignature = { args: ['vector'], optional: 0, returns: 'vector' };

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
  time: { args: [], optional: 0, returns: 'scalar' },
};
