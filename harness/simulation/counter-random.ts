/**
 * Random numbers by position: the stream of (seed, run, target, interval, purpose) is the same whoever draws it and
 * whatever was drawn before, so that two policies see the same traffic (common random numbers) and runs need no order.
 */
import { logGamma } from '../stats/special-functions.ts';

/** What a stream is for; part of its key. */
export const PURPOSE = { phase: 1, good: 2, bad: 3, latency: 4, block: 5, loss: 6 } as const;

export class CounterRandom {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 0;

  /** Goes to the beginning of a stream. All are whole numbers below 2^32. */
  seek(seed: number, run: number, target: number, interval: number, purpose: number): void {
    this.#a = mixed(seed ^ 0x9e3779b9);
    this.#b = mixed(run + this.#a);
    this.#c = mixed((Math.imul(target, 0x85ebca6b) ^ Math.imul(purpose, 0xc2b2ae35) ^ interval) + this.#b);
    this.#counter = 1;
    for (let round = 0; round < 8; round += 1) this.#next();
  }

  /** sfc32 (Chris Doty-Humphrey's PractRand): small, fast, passes BigCrush; the counter keeps streams apart. */
  #next(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** Strictly between 0 and 1, with a resolution of 2^-32. */
  uniform(): number {
    return (this.#next() + 0.5) / 4294967296;
  }

  /** By inversion below 10, else Hörmann's transformed rejection PTRS (1993). */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    return mean < 10 ? this.#smallPoisson(mean) : this.#largePoisson(mean);
  }

  #smallPoisson(mean: number): number {
    let left = this.uniform();
    let point = Math.exp(-mean);
    let k = 0;
    while (left > point && point > 0) {
      left -= point;
      k += 1;
      point *= mean / k;
    }
    return k;
  }

  #largePoisson(mean: number): number {
    const root = Math.sqrt(mean);
    const b = 0.931 + 2.53 * root;
    const a = -0.059 + 0.02483 * b;
    const alpha = 1.1239 + 1.1328 / (b - 3.4);
    const vr = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= vr) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      if (Math.log((v * alpha) / (a / (us * us) + b)) <= k * Math.log(mean) - mean - logGamma(k + 1)) return k;
    }
  }

  /** By inversion below 10 expected, else Hörmann's transformed rejection BTRS (1993). */
  binomial(n: number, share: number): number {
    if (n <= 0 || share <= 0) return 0;
    if (share >= 1) return n;
    if (share > 0.5) return n - this.binomial(n, 1 - share);
    return n * share < 10 ? this.#smallBinomial(n, share) : this.#largeBinomial(n, share);
  }

  #smallBinomial(n: number, share: number): number {
    const odds = share / (1 - share);
    let point = (1 - share) ** n;
    let left = this.uniform();
    let k = 0;
    while (left > point && k < n) {
      left -= point;
      k += 1;
      point *= (odds * (n - k + 1)) / k;
    }
    return k;
  }

  #largeBinomial(n: number, share: number): number {
    const spread = Math.sqrt(n * share * (1 - share));
    const b = 1.15 + 2.53 * spread;
    const a = -0.0873 + 0.0248 * b + 0.01 * share;
    const centre = n * share + 0.5;
    const alpha = (2.83 + 5.1 / b) * spread;
    const vr = 0.92 - 4.2 / b;
    const logOdds = Math.log(share / (1 - share));
    const mode = Math.floor((n + 1) * share);
    const height = logGamma(mode + 1) + logGamma(n - mode + 1);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + centre);
      if (k < 0 || k > n) continue;
      if (us >= 0.07 && v <= vr) return k;
      const accepted = height - logGamma(k + 1) - logGamma(n - k + 1) + (k - mode) * logOdds;
      if (Math.log((v * alpha) / (a / (us * us) + b)) <= accepted) return k;
    }
  }

  /** Variance = `fano` × mean, fano > 1: a Poisson number whose mean is gamma distributed. */
  negativeBinomial(mean: number, fano: number): number {
    if (mean <= 0) return 0;
    return this.poisson(this.#gamma(mean / (fano - 1)) * (fano - 1));
  }

  /** Marsaglia and Tsang (2000), scale 1. */
  #gamma(shape: number): number {
    if (shape < 1) return this.#gamma(shape + 1) * this.uniform() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const normal = Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
      const v = (1 + c * normal) ** 3;
      if (v > 0 && Math.log(this.uniform()) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) return d * v;
    }
  }
}

/** The finaliser of MurmurHash3. */
function mixed(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
