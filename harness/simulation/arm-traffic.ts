/**
 * What reaches one version: expected requests are added up while weight and error share last, and at each scrape the
 * counts of the interval are drawn from them. Counts, never requests, so the cost does not grow with the traffic.
 */
import { type CounterRandom, PURPOSE } from './counter-random.ts';
import type { ArmSeries } from './modelled-series.ts';
import { type RecordedPiece, thinned } from './recorded-traffic.ts';

export interface ArrivalModel {
  /** `poisson`: independent users; `paced`: a generator that spaces its requests evenly. */
  readonly arrivals: 'poisson' | 'paced';
  /**
   * Variance over mean of the errors of one scrape interval: 1 independent errors, more in bursts (negative binomial),
   * 0 evenly spaced.
   */
  readonly fano: number;
  /** Errors of a recording, 0 to 1, where there is one. */
  readonly recordedShare?: number;
}

export class ArmTraffic {
  readonly #series: ArmSeries;
  readonly #model: ArrivalModel;
  /** Share of the answers beyond the bound before that are within this one. */
  readonly #conditional: readonly number[];
  readonly #target: number;
  #expectedGood = 0;
  #expectedBad = 0;
  #pacedCarry = 0;
  #badCarry = 0;
  #interval = 0;
  #pieces: RecordedPiece[] = [];

  constructor(target: number, series: ArmSeries, model: ArrivalModel, latencyShares: readonly number[]) {
    this.#target = target;
    this.#series = series;
    this.#model = model;
    this.#conditional = [...latencyShares, 1].map((share, index) => {
      const before = latencyShares[index - 1] ?? 0;
      return before >= 1 ? 1 : (share - before) / (1 - before);
    });
  }

  clear(): void {
    this.#expectedGood = 0;
    this.#expectedBad = 0;
    this.#pacedCarry = 0;
    this.#badCarry = 0;
    this.#interval = 0;
    this.#pieces = [];
  }

  expect(requests: number, errorShare: number): void {
    this.#expectedGood += requests * (1 - errorShare);
    this.#expectedBad += requests * errorShare;
  }

  /** Of a recording, in place of what is expected. */
  take(piece: RecordedPiece): void {
    this.#pieces.push(piece);
  }

  /** Draws what was expected since the last time into the counters. */
  draw(random: CounterRandom, seed: number, run: number): void {
    const interval = this.#interval;
    this.#interval += 1;
    const expected = this.#expectedGood + this.#expectedBad;
    if (expected <= 0 && this.#pieces.length === 0) return;
    const { good, bad } =
      this.#pieces.length > 0
        ? this.#drawPieces(random, seed, run, interval)
        : this.#drawCounts(random, seed, run, interval, expected);
    this.#expectedGood = 0;
    this.#expectedBad = 0;
    this.#series.good.total += good;
    this.#series.bad.total += bad;
    if (this.#series.goodBuckets.length === 0) return;
    random.seek(seed, run, this.#target, interval, PURPOSE.latency);
    this.#drawLatencies(random, good, this.#series.goodBuckets);
    this.#drawLatencies(random, bad, this.#series.badBuckets);
  }

  #drawPieces(random: CounterRandom, seed: number, run: number, interval: number) {
    random.seek(seed, run, this.#target, interval, PURPOSE.bad);
    const sum = { good: 0, bad: 0 };
    for (const piece of this.#pieces) {
      const { good, bad } = thinned(random, piece, this.#model.recordedShare ?? 0);
      sum.good += good;
      sum.bad += bad;
    }
    this.#pieces = [];
    return sum;
  }

  #drawCounts(random: CounterRandom, seed: number, run: number, interval: number, expected: number) {
    const { arrivals, fano } = this.#model;
    random.seek(seed, run, this.#target, interval, PURPOSE.bad);
    if (arrivals === 'poisson') {
      const bad = this.#drawBad(random, this.#expectedBad, () => random.poisson(this.#expectedBad));
      random.seek(seed, run, this.#target, interval, PURPOSE.good);
      return { good: random.poisson(this.#expectedGood), bad };
    }
    this.#pacedCarry += expected;
    // the sum of many small parts may lie a hair below a whole number
    const all = Math.floor(this.#pacedCarry + 1e-9);
    this.#pacedCarry -= all;
    const share = this.#expectedBad / expected;
    const bad = Math.min(
      all,
      this.#drawBad(random, fano > 1 ? all * share : this.#expectedBad, () => random.binomial(all, share)),
    );
    return { good: all - bad, bad };
  }

  #drawBad(random: CounterRandom, mean: number, independent: () => number): number {
    const { fano } = this.#model;
    if (fano > 1) return random.negativeBinomial(mean, fano);
    if (fano === 1) return independent();
    this.#badCarry += mean;
    const whole = Math.floor(this.#badCarry + 1e-9);
    this.#badCarry -= whole;
    return whole;
  }

  /** Buckets are cumulative, so an answer counts in every bucket from its own on. */
  #drawLatencies(random: CounterRandom, count: number, buckets: ArmSeries['goodBuckets']): void {
    let left = count;
    for (let index = 0; index < buckets.length; index += 1) {
      if (left > 0) left -= random.binomial(left, this.#conditional[index]!);
      buckets[index]!.total += count - left;
    }
  }
}
