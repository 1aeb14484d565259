/**
 * The search for the highest rate that holds the objective, as a pure machine: `next` says what to run, `observe` takes
 * what it showed. Range (×2) → narrow (on logit p) → pool around the root → run both ends.
 *
 * A verdict per rate throws magnitude away and short trials have a low median share, so trials of the range and narrow
 * phases only guide; the bracket comes from the pooled trials, and its ends are run before it is given.
 */

import { checkSearchSettings, LOWEST_SHARE_OF_FROM, type SearchSettings } from './search-settings.ts';
import { type SearchPhase, type SearchTrial, SeenTrials } from './seen-trials.ts';
import type { RateInterval, ShareFit } from './share-fit.ts';

export interface PlannedTrial {
  readonly phase: SearchPhase;
  readonly ratePerSecond: number;
  /** Longest; a trial that is decided at a look ends there. */
  readonly seconds: number;
}

export interface SearchResult {
  /**
   * `bracket`: as narrow as asked, both ends run. `budget`: time is up; `bracket` is the wider one, or missing.
   * `bad-at-lowest`, `held-at-max`: one-sided, and no error.
   */
  readonly end: 'bracket' | 'budget' | 'bad-at-lowest' | 'held-at-max';
  readonly bracket: RateInterval | undefined;
  readonly fit: ShareFit | undefined;
  readonly confidence: number;
  /** Median relaxation time of the trials that judged. */
  readonly tauSeconds: number;
  /** After `budget`: about how long the asked width would take, seconds; the width shrinks with the root of time. */
  readonly secondsNeeded: number | undefined;
  /** Some trial was shorter than 20 relaxation times: its share may lag behind. */
  readonly shortTrials: boolean;
}

export type SearchStep = { readonly run: PlannedTrial } | { readonly done: SearchResult };

const POOL_REACH = 0.45;
const NARROW_RATIO = 3;
const LEAST_POOL = 4;
/** Of the step outwards, while all trials are of one kind: 2^5·0.45w. */
const MOST_DOUBLINGS = 5;
const TAUS_PER_TRIAL = 30;
/** Trials that time must be left for. */
const TRIALS_LEFT = 4.5;
const GUIDE_SECONDS = { least: 5, most: 30 };
const WARM_UP_SECONDS = 2;
/** Bad answers that a guide should meet at the objective. */
const GUIDE_EVENTS = 2;
const LEAST_SECONDS = 20;

export class CapacitySearch {
  #settings: SearchSettings;
  readonly #seen: SeenTrials;
  /** The ends that wait to be run, of the interval that named them. */
  #ends: { readonly interval: RateInterval; readonly left: number[] } | undefined;
  #planned: PlannedTrial | undefined;
  #upper = false;

  /** @throws HarnessError of checkSearchSettings */
  constructor(settings: SearchSettings) {
    checkSearchSettings(settings);
    this.#settings = settings;
    this.#seen = new SeenTrials(settings);
  }

  /** From now on no trial is above `rate`: the generator carries no more. A trial that was named before is taken back. */
  capAt(rate: number): void {
    const { fromRate, maxRate } = this.#settings;
    this.#settings = { ...this.#settings, fromRate: Math.min(fromRate, rate), maxRate: Math.min(maxRate, rate) };
    this.#planned = undefined;
  }

  /** @param spentSeconds since the search began, with everything between trials */
  next(spentSeconds: number): SearchStep {
    const step = this.#decide(this.#settings.budgetSeconds - spentSeconds);
    this.#planned = 'run' in step ? step.run : undefined;
    return step;
  }

  /** Takes the result of the trial that `next` named last; one that was invalid is simply not told. */
  observe(trial: Omit<SearchTrial, 'phase' | 'ratePerSecond'>, seconds: number): void {
    const planned = this.#planned;
    if (planned === undefined) throw new Error('observe needs a trial that next named');
    this.#planned = undefined;
    const { phase, ratePerSecond } = planned;
    this.#seen.add({ ...trial, phase, ratePerSecond }, seconds);
    if (phase === 'ends') this.#ends?.left.shift();
    if (phase === 'pool') this.#upper = !this.#upper;
  }

  /** The interval that the trials so far would give; undefined before two have judged. For a live view, never a verdict. */
  soFar(): RateInterval | undefined {
    return this.#seen.fit()?.interval;
  }

  #decide(leftSeconds: number): SearchStep {
    const guide = this.#nextGuide();
    if (typeof guide === 'string') return { done: this.#result(guide, undefined) };
    if (guide !== undefined) return this.#runIfTime(guide, this.#guideSeconds(guide.ratePerSecond), leftSeconds);
    const seconds = this.#judgingSeconds(leftSeconds);
    const fitted = this.#seen.fit();
    if (fitted === undefined || this.#seen.judged < LEAST_POOL)
      return this.#runIfTime(this.#poolTrial(fitted?.fit), seconds, leftSeconds);
    return this.#endsOrPool(fitted.fit, fitted.interval, seconds, leftSeconds);
  }

  #endsOrPool(fit: ShareFit, interval: RateInterval, seconds: number, leftSeconds: number): SearchStep {
    if (this.#ends?.left.length === 0) {
      const ran = this.#ends.interval;
      const bracket = { low: Math.min(interval.low, ran.low), high: Math.max(interval.high, ran.high) };
      if (this.#seen.confirm(ran)) return { done: this.#result('bracket', bracket, fit) };
      this.#ends = undefined;
    }
    if (this.#ends === undefined && this.#isNarrow(interval))
      this.#ends = { interval, left: [interval.low, interval.high].filter((rate) => !this.#seen.isRunNear(rate)) };
    if (this.#ends === undefined) return this.#runIfTime(this.#poolTrial(fit), seconds, leftSeconds);
    const [end] = this.#ends.left;
    if (end !== undefined)
      return this.#runIfTime({ phase: 'ends', ratePerSecond: this.#capped(end) }, seconds, leftSeconds);
    if (this.#seen.confirm(interval)) return { done: this.#result('bracket', interval, fit) };
    this.#ends = undefined;
    return this.#runIfTime(this.#poolTrial(fit), seconds, leftSeconds);
  }

  #isNarrow({ low, high }: RateInterval): boolean {
    return high / low - 1 <= this.#settings.width;
  }

  /** A guide that is due, how the search ends without a bracket, or undefined when the guides have done their work. */
  #nextGuide(): Omit<PlannedTrial, 'seconds'> | 'bad-at-lowest' | 'held-at-max' | undefined {
    const { fromRate, maxRate, width } = this.#settings;
    const [held, bad] = this.#seen.guideBounds();
    if (held === undefined && bad === undefined) return { phase: 'range', ratePerSecond: fromRate };
    if (held === undefined) {
      const rate = bad!.ratePerSecond / 2;
      return rate < fromRate * LOWEST_SHARE_OF_FROM ? 'bad-at-lowest' : { phase: 'range', ratePerSecond: rate };
    }
    if (bad === undefined) {
      if (held.ratePerSecond >= maxRate) return this.#poolAtMax();
      return { phase: 'range', ratePerSecond: Math.min(maxRate, held.ratePerSecond * 2) };
    }
    const ratio = bad.ratePerSecond / held.ratePerSecond;
    if (ratio <= 1 + NARROW_RATIO * width || this.#seen.judged > 0) return undefined;
    return { phase: 'narrow', ratePerSecond: this.#seen.crossing(held, bad) };
  }

  /** Before "never bad up to max" is said, `max` is run as long as a trial that judges. */
  #poolAtMax(): 'held-at-max' | undefined {
    const { maxRate, objectiveShare } = this.#settings;
    const there = this.#seen.judgedFrom(maxRate);
    if (there.length === 0 || there.some(({ estimate }) => estimate > objectiveShare)) return undefined;
    return 'held-at-max';
  }

  #poolTrial(fit: ShareFit | undefined): Omit<PlannedTrial, 'seconds'> {
    const step = 1 + POOL_REACH * this.#settings.width;
    const [held, bad] = [this.#seen.judgedRates(true), this.#seen.judgedRates(false)];
    // outwards in doubled steps: short guides of a system with bursts can be far off
    const outwards = step ** (2 ** Math.min(MOST_DOUBLINGS, this.#seen.judged));
    if (bad.length === 0 && held.length > 0) return this.#pool(Math.max(...held) * outwards);
    if (held.length === 0 && bad.length > 0) return this.#pool(Math.min(...bad) / outwards);
    const centre =
      fit === undefined ? this.#guidedCentre() : clamp(fit.root, Math.max(...held), Math.min(...bad), step);
    return this.#pool(this.#upper ? centre * step : centre / step);
  }

  #pool(rate: number): Omit<PlannedTrial, 'seconds'> {
    return { phase: 'pool', ratePerSecond: this.#capped(rate) };
  }

  #capped(rate: number): number {
    return Math.min(rate, this.#settings.maxRate);
  }

  #guidedCentre(): number {
    const [held, bad] = this.#seen.guideBounds();
    if (bad === undefined) return this.#settings.maxRate * (1 + POOL_REACH * this.#settings.width);
    return this.#seen.crossing(held!, bad);
  }

  #guideSeconds(rate: number): number {
    const { objectiveShare } = this.#settings;
    const wanted = GUIDE_EVENTS / (objectiveShare * rate);
    return WARM_UP_SECONDS + Math.min(GUIDE_SECONDS.most, Math.max(GUIDE_SECONDS.least, wanted));
  }

  #judgingSeconds(leftSeconds: number): number {
    const { trialSeconds } = this.#settings;
    const forSlow = Math.min(TAUS_PER_TRIAL * this.#seen.medianTau(), leftSeconds / TRIALS_LEFT);
    return Math.max(trialSeconds, forSlow);
  }

  #runIfTime(trial: Omit<PlannedTrial, 'seconds'>, seconds: number, leftSeconds: number): SearchStep {
    const possible = Math.min(seconds, leftSeconds);
    const least = trial.phase === 'range' || trial.phase === 'narrow' ? seconds : LEAST_SECONDS;
    if (possible >= least) return { run: { ...trial, seconds: possible } };
    const fitted = this.#seen.fit();
    const held = this.#seen.judgedRates(true);
    const bad = this.#seen.judgedRates(false);
    // trials of one kind only bound one side; what a fit says of the other is a guess
    if (fitted === undefined || held.length === 0 || bad.length === 0)
      return { done: this.#result('budget', undefined) };
    const { fit, interval } = fitted;
    const ran = this.#ends?.interval ?? interval;
    const hull = { low: Math.min(interval.low, ran.low), high: Math.max(interval.high, ran.high) };
    return { done: this.#result('budget', hull, fit) };
  }

  #result(end: SearchResult['end'], bracket: RateInterval | undefined, fit?: ShareFit): SearchResult {
    const { confidence, width, budgetSeconds } = this.#settings;
    const tauSeconds = this.#seen.medianTau();
    const wide = bracket === undefined ? undefined : bracket.high / bracket.low - 1;
    return {
      end,
      bracket,
      fit,
      confidence,
      tauSeconds,
      secondsNeeded:
        end === 'budget' && wide !== undefined ? budgetSeconds * Math.max(1, wide / width) ** 2 : undefined,
      shortTrials: this.#seen.areShort(),
    };
  }
}

/** Within a step of [highest rate that looks held, lowest that does not], whichever of the two is lower. */
function clamp(root: number, highestHeld: number, lowestBad: number, step: number): number {
  const [low, high] = [Math.min(highestHeld, lowestBad), Math.max(highestHeld, lowestBad)];
  return Math.min(high * step, Math.max(low / step, root));
}
