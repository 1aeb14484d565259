/**
 * The traffic of one simulated release as its proxies split it, and the scrapes that see it. Time is told from outside;
 * between two moments shares and weights are constant.
 */
import { PURPOSE } from '../counter-random.ts';
import type { RecordedTraffic } from '../recorded-traffic.ts';
import { type SharedParts, TARGET } from './shared-parts.ts';
import { type ExposedUsers, exposedUsers, type UserPopulation, WeightTimes } from './users-exposed.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** What the canary served in all. */
export interface ServedByCanary {
  readonly canaryRequests: number;
  readonly badAnswers: number;
  /** Undefined where nobody said how many users there are. */
  readonly users: ExposedUsers | undefined;
}

export class ReleaseTraffic {
  readonly #shared: SharedParts;
  readonly #run: number;
  readonly #startMs: number;
  /** Share that the proxies send to the canary, 0 to 1, and the orders on their way to them. */
  #share = 0;
  #ordered: readonly { readonly atMs: number; readonly share: number }[] = [];
  /** When the canary first had the weight from which it is bad. */
  #faultMs: number | undefined;
  #untilMs: number;
  #canaryScrapeMs: number;
  #stableScrapeMs: number;
  readonly #scrapes = { canary: 0, stable: 0 };
  readonly #users: UserPopulation | undefined;
  readonly #weightTimes: WeightTimes | undefined;

  /** Begins with nothing in the parts that runs share. */
  constructor(shared: SharedParts, run: number, users: UserPopulation | undefined) {
    this.#users = users;
    this.#weightTimes = users && new WeightTimes();
    this.#shared = shared;
    this.#run = run;
    const { scenario, compiled, random, seed } = shared;
    const phaseOf = (target: number) => {
      random.seek(seed, run, target, 0, PURPOSE.phase);
      return random.uniform() * scenario.scrapeIntervalMs;
    };
    this.#startMs = scenario.startMs ?? 0;
    this.#canaryScrapeMs = this.#startMs + scenario.podReadyMs + (scenario.scrapePhaseMs ?? phaseOf(TARGET.canary));
    // the stable version has been scraped for as long as any query looks back
    const history = Math.ceil(compiled.reachMs / scenario.scrapeIntervalMs) + 2;
    this.#untilMs = this.#startMs;
    this.#stableScrapeMs = NEVER;
    for (const arm of [compiled.model.canary, compiled.model.stable]) arm.target.clear();
    shared.canary.clear();
    shared.stable.clear();
    shared.recorded?.begin(run);
    if (!compiled.readsStable) return;
    this.#untilMs = this.#startMs - history * scenario.scrapeIntervalMs;
    this.#stableScrapeMs = this.#untilMs + phaseOf(TARGET.stable);
  }

  /** Share of the traffic that the canary has now, 0 to 1. */
  get share(): number {
    return this.#share;
  }

  /** When the canary first was bad, if it ever was; the beginning of the fault in time otherwise. */
  get faultMs(): number {
    return Math.max(this.#faultMs ?? 0, this.#startMs + (this.#shared.scenario.canary.fault?.fromMs ?? 0));
  }

  /** Up to when the traffic has flowed. */
  get untilMs(): number {
    return this.#untilMs;
  }

  /** The proxies follow a while later. */
  order(share: number, nowMs: number): void {
    this.#ordered = [...this.#ordered, { atMs: nowMs + this.#shared.scenario.weightDelayMs, share }];
  }

  /** When anything happens next: a scrape, an order that arrives, an edge of the fault. */
  nextMs(): number {
    let next = Math.min(this.#canaryScrapeMs, this.#stableScrapeMs);
    for (const { atMs } of this.#ordered) next = Math.min(next, atMs);
    for (const edge of this.#shared.faultEdgesMs)
      if (this.#startMs + edge > this.#untilMs) next = Math.min(next, this.#startMs + edge);
    return next;
  }

  /** Lets the traffic flow to this moment, which is none after `nextMs`, and does what is due at it. */
  advance(nowMs: number): void {
    this.#flowUntil(nowMs);
    if (nowMs >= this.#canaryScrapeMs) this.#scrape('canary', nowMs);
    if (nowMs >= this.#stableScrapeMs) this.#scrape('stable', nowMs);
    for (const order of this.#ordered) if (nowMs >= order.atMs) this.#share = order.share;
    if (this.#share >= this.#shared.faultWeight) this.#faultMs ??= nowMs;
    this.#ordered = this.#ordered.filter(({ atMs }) => atMs > nowMs);
  }

  /** After the weight was taken back at this moment: until the proxies know that it is 0 again. */
  drain(nowMs: number): void {
    if (this.#share > 0) this.#flowUntil(nowMs + this.#shared.scenario.weightDelayMs);
  }

  /** Of everything until now, with what no scrape has seen. */
  served(): ServedByCanary {
    const { canary, compiled, random, seed } = this.#shared;
    const { good, bad } = compiled.model.canary;
    canary.draw(random, seed, this.#run);
    return {
      canaryRequests: good.total + bad.total,
      badAnswers: bad.total,
      users:
        this.#users && this.#weightTimes && exposedUsers(this.#users, this.#weightTimes, this.#untilMs - this.#startMs),
    };
  }

  /** Expected requests since the last moment. */
  #flowUntil(nowMs: number): void {
    const { scenario, canary, stable, compiled, recorded } = this.#shared;
    this.#weightTimes?.add(this.#share, nowMs - this.#untilMs);
    if (recorded) {
      this.#recordedUntil(recorded, nowMs);
      return;
    }
    const requests = (scenario.ratePerSecond * (nowMs - this.#untilMs)) / 1000;
    if (requests > 0 && this.#share > 0)
      canary.expect(requests * this.#share, this.#errorShareWithin(this.#untilMs, nowMs));
    if (requests > 0 && compiled.readsStable) stable.expect(requests * (1 - this.#share), scenario.stable.errorShare);
    this.#untilMs = nowMs;
  }

  #recordedUntil(recorded: RecordedTraffic, nowMs: number): void {
    const { scenario, canary, stable, compiled, random } = this.#shared;
    const share = this.#share;
    const zeroMs = this.#startMs;
    recorded.within(random, this.#untilMs - zeroMs, nowMs - zeroMs, (requests, errors, part, fromMs, toMs) => {
      const errorShare = this.#errorShareWithin(fromMs + zeroMs, toMs + zeroMs);
      if (share > 0) canary.take({ requests, errors, part: part * share, errorShare });
      if (compiled.readsStable && share < 1)
        stable.take({ requests, errors, part: part * (1 - share), errorShare: scenario.stable.errorShare });
    });
    this.#untilMs = nowMs;
  }

  /** Mean over a time without an edge of the fault. */
  #errorShareWithin(fromMs: number, toMs: number): number {
    const { errorShare, fault } = this.#shared.scenario.canary;
    if (!fault || this.#share < (fault.fromWeight ?? 0)) return errorShare;
    const beginsMs = fault.fromMs ?? 0;
    const sinceMs = fromMs - this.#startMs;
    if (sinceMs < beginsMs || sinceMs >= (fault.untilMs ?? NEVER)) return errorShare;
    const middleMs = (fromMs + toMs) / 2 - this.#startMs;
    const grown = fault.growsForMs === undefined ? 1 : Math.min(1, (middleMs - beginsMs) / fault.growsForMs);
    return errorShare + ((fault.errorShare - errorShare) * grown) / (fault.pods ?? 1);
  }

  #scrape(arm: 'canary' | 'stable', nowMs: number): void {
    const { random, seed, compiled, scenario, failedScrapes } = this.#shared;
    const { target } = compiled.model[arm];
    this.#shared[arm].draw(random, seed, this.#run);
    const key = { run: this.#run, target: TARGET[arm], scrape: this.#scrapes[arm] };
    this.#scrapes[arm] += 1;
    const fate = failedScrapes.fateOf(arm, key, nowMs - this.#startMs);
    if (fate === 'good') target.scrape(nowMs);
    if (fate === 'failed') target.fail(nowMs);
    if (arm === 'canary') this.#canaryScrapeMs += scenario.scrapeIntervalMs;
    else this.#stableScrapeMs += scenario.scrapeIntervalMs;
  }
}
