/**
 * What the generator carries by itself, asked before a subject gets a rate. A rate that the generator cannot send to a server
 * that answers at once says nothing of any other server, so it must never be tried on one. Pure: `next` names the rate to
 * be tried alone, `observe` takes whether it was carried.
 */

/** One try covers the next doublings of a search, so that few are needed. */
const AHEAD = 4;
/** Fewer requests would say nothing, per second. */
const LEAST_RATE = 50;
/** The ceiling is known well enough when what failed is no further above what was carried. */
const NARROW_RATIO = 1.25;
/** Tries below a first one that failed. */
const MOST_HALVINGS = 6;

export class GeneratorCeiling {
  readonly #maxRate: number;
  #carried = 0;
  #failed: number | undefined;
  #firstFailed: number | undefined;

  /** @param maxRate no subject gets more, requests per second */
  constructor(maxRate: number) {
    this.#maxRate = maxRate;
  }

  /** Highest rate that the generator carried, requests per second; 0 before it carried any. */
  get carriedRate(): number {
    return this.#carried;
  }

  /** Lowest that it did not; undefined while it carried all that were tried. */
  get failedRate(): number | undefined {
    return this.#failed;
  }

  /** The rate to be tried alone before a subject gets `rate`; undefined: it may get it, or nothing more is to be learnt. */
  next(rate: number): number | undefined {
    const [carried, failed] = [this.#carried, this.#failed];
    if (rate <= carried) return undefined;
    if (failed === undefined) return Math.max(rate, Math.min(this.#maxRate, Math.max(LEAST_RATE, rate * AHEAD)));
    if (rate < failed) return Math.max(rate, failed / 2);
    if (carried === 0) return failed <= this.#firstFailed! / 2 ** MOST_HALVINGS ? undefined : failed / 2;
    return failed / carried > NARROW_RATIO ? Math.sqrt(failed * carried) : undefined;
  }

  observe(rate: number, carried: boolean): void {
    if (carried) this.#carried = Math.max(this.#carried, rate);
    else {
      this.#failed = Math.min(this.#failed ?? rate, rate);
      this.#firstFailed ??= rate;
    }
  }
}
