/** Seeded random numbers for virtual trials. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface VirtualRandom {
  /** Strictly between 0 and 1. */
  uniform(): number;
  exponential(mean: number): number;
  /** Standard normal. */
  normal(): number;
}

export function createRandom(seed: number): VirtualRandom {
  const generator = xoroshiro128plus(seed);
  const uniform = () => ((generator.next() >>> 0) + 0.5) / 4294967296;
  return {
    uniform,
    exponential: (mean) => -mean * Math.log(uniform()),
    normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Another seed of the same family: trial `index` of a search, system `name` of a study. */
export function derivedSeed(seed: number, label: string): number {
  let value = seed | 0;
  for (const char of label) value = Math.imul(value ^ char.charCodeAt(0), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) | 0;
}
