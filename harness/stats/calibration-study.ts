/**
 * What a calibration study is: a procedure run many times on seeded random data, the number of times it erred, and the
 * limit beyond which chance (one in a million) cannot be blamed.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { binomialUpperTail, clopperPearsonInterval, type Interval } from './proportion.ts';

/** Seeded coin of any bias, with a resolution of 2^-32. */
export interface Coin {
  hit(share: number): boolean;
  /** Uniform whole number from 0 to n - 1 (n far below 2^32). */
  below(n: number): number;
}

export function createCoin(seed: number): Coin {
  const generator = xoroshiro128plus(seed);
  return {
    hit: (share) => generator.next() >>> 0 < share * 2 ** 32,
    below: (n) => Math.floor(((generator.next() >>> 0) / 2 ** 32) * n),
  };
}

export interface Study {
  readonly name: string;
  /** Promised error rate; a control must exceed it. */
  readonly nominal: number;
  /** `guard`: must stay within the promise. `control`: a known-bad procedure, which must be seen to break it. */
  readonly kind: 'guard' | 'control';
  readonly runs: number;
  /** One run; true when it erred. */
  readonly errs: (coin: Coin) => boolean;
}

export interface StudyResult {
  readonly name: string;
  readonly kind: Study['kind'];
  readonly nominal: number;
  readonly runs: number;
  readonly errors: number;
  readonly rate: number;
  /** Clopper-Pearson, 99 %. */
  readonly interval: Interval;
  /** Most errors that the promise allows. */
  readonly limit: number;
  /** Guards: errors within the limit. Controls: errors beyond it. */
  readonly asExpected: boolean;
}

/** Smallest k that Binomial(runs, rate) exceeds with probability at most 1e-6. */
export function errorLimit(runs: number, rate: number): number {
  let limit = Math.floor(runs * rate);
  while (binomialUpperTail(limit + 1, runs, rate) > 1e-6) limit += 1;
  return limit;
}

export function runStudy(study: Study, seed: number): StudyResult {
  const coin = createCoin(seed);
  let errors = 0;
  for (let run = 0; run < study.runs; run += 1) if (study.errs(coin)) errors += 1;
  const limit = errorLimit(study.runs, study.nominal);
  return {
    name: study.name,
    kind: study.kind,
    nominal: study.nominal,
    runs: study.runs,
    errors,
    rate: errors / study.runs,
    interval: clopperPearsonInterval(errors, study.runs, 0.99),
    limit,
    asExpected: study.kind === 'guard' ? errors <= limit : errors > limit,
  };
}
