/** Which scrapes fail, and when Prometheus itself is away. */
import { type CounterRandom, PURPOSE } from '../counter-random.ts';
import type { Scenario } from '../scenario.ts';

type Arm = 'canary' | 'stable';
/** What becomes of a scrape: `failed` leaves staleness markers, `none` nothing at all. */
export type ScrapeFate = 'good' | 'failed' | 'none';

export class FailedScrapes {
  readonly #random: CounterRandom;
  readonly #seed: number;
  readonly #loss: number;
  readonly #outage: Scenario['outage'];

  constructor(random: CounterRandom, seed: number, { scrapeLoss = 0, outage }: Scenario) {
    this.#random = random;
    this.#seed = seed;
    this.#loss = scrapeLoss;
    this.#outage = outage;
  }

  /**
   * The same for every policy, and what fails at a lower share fails at a higher one.
   * @param sinceMs after the beginning of the release
   * @param scrape its number in this run
   */
  fateOf(arm: Arm, { run, target, scrape }: ScrapeKey, sinceMs: number): ScrapeFate {
    if (this.#isDuringOutage(sinceMs)) {
      if (this.#outage!.of === 'prometheus') return 'none';
      if (this.#outage!.of === arm) return 'failed';
    }
    if (this.#loss === 0) return 'good';
    this.#random.seek(this.#seed, run, target, scrape, PURPOSE.loss);
    return this.#random.uniform() < this.#loss ? 'failed' : 'good';
  }

  /** Whether a query at this time after the beginning of the release finds no Prometheus. */
  isPrometheusAway(sinceMs: number): boolean {
    return this.#outage?.of === 'prometheus' && this.#isDuringOutage(sinceMs);
  }

  #isDuringOutage(sinceMs: number): boolean {
    const { fromMs = Number.POSITIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = this.#outage ?? {};
    return sinceMs >= fromMs && sinceMs < untilMs;
  }
}

interface ScrapeKey {
  readonly run: number;
  readonly target: number;
  readonly scrape: number;
}
