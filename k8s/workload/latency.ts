/**
 * How long an answer is held back, in milliseconds from the arrival of the request: a fixed value or a distribution,
 * drawn by inversion so that one seed gives one sequence.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export type Latency =
  | number
  | { readonly distribution: 'uniform'; readonly minMs: number; readonly maxMs: number }
  | { readonly distribution: 'exponential'; readonly meanMs: number; readonly maxMs: number }
  | {
      readonly distribution: 'lognormal';
      readonly medianMs: number;
      /** Standard deviation of ln(latency). */
      readonly sigma: number;
      readonly maxMs: number;
    };

/** Ten minutes: longer than any timeout that a mesh is given. */
export const LONGEST_LATENCY_MS = 600_000;

/** One draw after the other, never above `maxMs`. */
export function latencySampler(latency: Latency, generator: RandomGenerator): () => number {
  if (typeof latency === 'number') return () => latency;
  switch (latency.distribution) {
    case 'uniform':
      return () => latency.minMs + (latency.maxMs - latency.minMs) * uniformFloat64(generator);
    case 'exponential':
      return () => Math.min(latency.maxMs, -latency.meanMs * Math.log1p(-uniformFloat64(generator)));
    case 'lognormal':
      return () => Math.min(latency.maxMs, latency.medianMs * Math.exp(latency.sigma * standardNormal(generator)));
  }
}

/** Box and Muller (1958); the second value of each pair is not kept, so that draws map to requests one to one. */
function standardNormal(generator: RandomGenerator): number {
  const radius = Math.sqrt(-2 * Math.log1p(-uniformFloat64(generator)));
  return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
}
