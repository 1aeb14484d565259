/**
 * The search for the highest rate that holds the objective, as a pure machine: `next` says what to run, `observe` takes
 * what it showed. Range (×2) → narrow (on logit p) → pool around the root → run both ends.
 *
 * A verdict per rate throws magnitude away and short trials have a low median share, so trials of the range and narrow
 * phases only guide; the bracket comes from the pooled trials, and its ends are run before it is given.
 */

import { checkSearchSettings, LOWEST_SHARE_OF_FROM, type SearchSettings } from './search-settings.ts';
import { fitShare, type RateInterval, rootInterval, type ShareFit } from './share-fit.ts';

export type SearchPhase = 'range' | 'narrow' | 'pool' | 'ends';

export interface PlannedTrial {
  readonly phase: SearchPhase;
  readonly ratePerSecond: number;
  /** Longest; a trial that is decided at a look ends there. */
  readonly seconds: number;
}

/** What the search needs of a finished trial. */
export interface SearchTrial {
  readonly phase: SearchPhase;
  readonly ratePerSecond: number;
  readonly share: number;
  readonly estimate: number;
  readonly weight: number;
  readonly tauSeconds: number;
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

interface Fitted {
  readonly fit: ShareFit;
  readonly interval: RateInterval;
}

export type SearchStep = { readonly run: PlannedTrial } | { readonly done: SearchResult };

const POOL_REACH = 0.45;
const NARROW_RATIO = 3;
const LEAST_POOL = 4;
/** Of the step outwards, while all trials are of one kind: 2^5·0.45w. */
const MOST_DOUBLINGS = 5;
const TAUS_PER_TRIAL = 30;
const TAUS_NEEDED = 20;
/** Trials that time must be left for. */
const TRIALS_LEFT = 4.5;
const GUIDE_SECONDS = { least: 5, most: 30 };
const WARM_UP_SECONDS = 2;
/** Bad answers that a guide should meet at the objective. */
const GUIDE_EVENTS = 2;
const LEAST_SECONDS = 20;

export class CapacitySearch {
  #settings: SearchSettings;
  readonly #guides: SearchTrial[] = [];
  readonly #judging: (SearchTrial & { readonly seconds: number })[] = [];
  /** The ends that wait to be run, of the interval that named them. */
  #ends: { readonly interval: RateInterval; readonly left: number[] } | undefined;
  #planned: PlannedTrial | undefined;
  #upper = false;
  /** Of the first so many trials that judged: none is ever changed or taken back, and it is asked for between any two. */
  #fitted: { readonly trials: number; readonly found: Fitted | undefined } | undefined;

  /** @throws HarnessError of checkSearchSettings */
  constructor(settings: SearchSettings) {
    checkSearchSettings(settings);
    this.#settings = settings;
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
    if (phase === 'range' || phase === 'narrow') this.#guides.push({ ...trial, phase, ratePerSecond });
    else this.#judging.push({ ...trial, phase, ratePerSecond, seconds });
    if (phase === 'ends') this.#ends?.left.shift();
    if (phase === 'pool') this.#upper = !this.#upper;
  }

  /** The interval that the trials so far would give; undefined before two have judged. For a live view, never a verdict. */
  soFar(): RateInterval | undefined {
    return this.#fit()?.interval;
  }

  #decide(leftSeconds: number): SearchStep {
    const guide = this.#nextGuide();
    if (typeof guide === 'string') return { done: this.#result(guide, undefined) };
    if (guide !== undefined) return this.#runIfTime(guide, this.#guideSeconds(guide.ratePerSecond), leftSeconds);
    const seconds = this.#judgingSeconds(leftSeconds);
    const fitted = this.#fit();
    if (fitted === undefined || this.#judging.length < LEAST_POOL)
      return this.#runIfTime(this.#poolTrial(fitted?.fit), seconds, leftSeconds);
    return this.#endsOrPool(fitted.fit, fitted.interval, seconds, leftSeconds);
  }

  #endsOrPool(fit: ShareFit, interval: RateInterval, seconds: number, leftSeconds: number): SearchStep {
    if (this.#ends?.left.length === 0) {
      const ran = this.#ends.interval;
      const bracket = { low: Math.min(interval.low, ran.low), high: Math.max(interval.high, ran.high) };
      if (this.#endsConfirm(ran)) return { done: this.#result('bracket', bracket, fit) };
      this.#ends = undefined;
    }
    if (this.#ends === undefined && this.#isNarrow(interval))
      this.#ends = { interval, left: [interval.low, interval.high].filter((rate) => this.#near(rate).length === 0) };
    if (this.#ends === undefined) return this.#runIfTime(this.#poolTrial(fit), seconds, leftSeconds);
    const [end] = this.#ends.left;
    if (end !== undefined)
      return this.#runIfTime({ phase: 'ends', ratePerSecond: this.#capped(end) }, seconds, leftSeconds);
    if (this.#endsConfirm(interval)) return { done: this.#result('bracket', interval, fit) };
    this.#ends = undefined;
    return this.#runIfTime(this.#poolTrial(fit), seconds, leftSeconds);
  }

  #isNarrow({ low, high }: RateInterval): boolean {
    return high / low - 1 <= this.#settings.width;
  }

  /** A guide that is due, how the search ends without a bracket, or undefined when the guides have done their work. */
  #nextGuide(): Omit<PlannedTrial, 'seconds'> | 'bad-at-lowest' | 'held-at-max' | undefined {
    const { fromRate, maxRate, width } = this.#settings;
    const [held, bad] = this.#guideBounds();
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
    if (ratio <= 1 + NARROW_RATIO * width || this.#judging.length > 0) return undefined;
    return { phase: 'narrow', ratePerSecond: held.ratePerSecond * ratio ** this.#crossing(held, bad) };
  }

  /** Before "never bad up to max" is said, `max` is run as long as a trial that judges. */
  #poolAtMax(): 'held-at-max' | undefined {
    const { maxRate, objectiveShare } = this.#settings;
    const there = this.#judging.filter(({ ratePerSecond }) => ratePerSecond >= maxRate);
    if (there.length === 0 || there.some(({ estimate }) => estimate > objectiveShare)) return undefined;
    return 'held-at-max';
  }

  /** The highest rate that looked held below the lowest that looked bad, and that one. */
  #guideBounds(): readonly [SearchTrial | undefined, SearchTrial | undefined] {
    const { objectiveShare } = this.#settings;
    const lowest = (trials: readonly SearchTrial[]) =>
      trials.reduce<SearchTrial | undefined>(
        (a, b) => (a === undefined || b.ratePerSecond < a.ratePerSecond ? b : a),
        undefined,
      );
    const highest = (trials: readonly SearchTrial[]) =>
      trials.reduce<SearchTrial | undefined>(
        (a, b) => (a === undefined || b.ratePerSecond > a.ratePerSecond ? b : a),
        undefined,
      );
    const bad = lowest(this.#guides.filter((trial) => looksBad(trial, objectiveShare)));
    const held = highest(
      this.#guides.filter(
        (trial) => !looksBad(trial, objectiveShare) && (bad === undefined || trial.ratePerSecond < bad.ratePerSecond),
      ),
    );
    return [held, bad];
  }

  /** Where logit p crosses the objective, as a share of the gap in ln λ, from 0.2 to 0.8. */
  #crossing(held: SearchTrial, bad: SearchTrial): number {
    if (held.share === 0 || bad.estimate >= 0.9) return 0.5;
    const logit = (p: number) => Math.log(p / (1 - p));
    const [from, to, at] = [held.estimate, bad.estimate, this.#settings.objectiveShare].map(logit);
    return to! > from! ? Math.min(0.8, Math.max(0.2, (at! - from!) / (to! - from!))) : 0.5;
  }

  /** The fit over the trials near its root, and the interval of that root over the very same trials. */
  #fit(): Fitted | undefined {
    const trials = this.#judging.length;
    if (this.#fitted?.trials !== trials) this.#fitted = { trials, found: trials < 2 ? undefined : this.#fitAnew() };
    return this.#fitted.found;
  }

  #fitAnew(): Fitted {
    const { objectiveShare, confidence } = this.#settings;
    const whole = fitShare(this.#judging, objectiveShare);
    const points = this.#window(whole.root);
    const fit = points === this.#judging ? whole : fitShare(points, objectiveShare);
    return { fit, interval: rootInterval(points, objectiveShare, fit, confidence) };
  }

  /** Trials within 3w of the root, or all when those are under three. */
  #window(root: number): readonly SearchTrial[] {
    const reach = 1 + NARROW_RATIO * this.#settings.width;
    const near = this.#judging.filter(({ ratePerSecond: rate }) => rate <= root * reach && rate >= root / reach);
    return near.length < 3 || near.length === this.#judging.length ? this.#judging : near;
  }

  #poolTrial(fit: ShareFit | undefined): Omit<PlannedTrial, 'seconds'> {
    const step = 1 + POOL_REACH * this.#settings.width;
    const [held, bad] = [this.#judgedRates(true), this.#judgedRates(false)];
    // outwards in doubled steps: short guides of a system with bursts can be far off
    const outwards = step ** (2 ** Math.min(MOST_DOUBLINGS, this.#judging.length));
    if (bad.length === 0 && held.length > 0) return this.#pool(Math.max(...held) * outwards);
    if (held.length === 0 && bad.length > 0) return this.#pool(Math.min(...bad) / outwards);
    const centre =
      fit === undefined ? this.#guidedCentre() : clamp(fit.root, Math.max(...held), Math.min(...bad), step);
    return this.#pool(this.#upper ? centre * step : centre / step);
  }

  /** Rates of the trials that judged, by which side of the objective each looks. */
  #judgedRates(held: boolean): readonly number[] {
    const { objectiveShare } = this.#settings;
    return this.#judging.filter(({ estimate }) => estimate <= objectiveShare === held).map((t) => t.ratePerSecond);
  }

  #pool(rate: number): Omit<PlannedTrial, 'seconds'> {
    return { phase: 'pool', ratePerSecond: this.#capped(rate) };
  }

  #capped(rate: number): number {
    return Math.min(rate, this.#settings.maxRate);
  }

  #guidedCentre(): number {
    const [held, bad] = this.#guideBounds();
    if (bad === undefined) return this.#settings.maxRate * (1 + POOL_REACH * this.#settings.width);
    return held!.ratePerSecond * (bad.ratePerSecond / held!.ratePerSecond) ** this.#crossing(held!, bad);
  }

  /** Trials that judged within w/6 of a rate. */
  #near(rate: number): readonly SearchTrial[] {
    const reach = 1 + this.#settings.width / 6;
    return this.#judging.filter((trial) => trial.ratePerSecond <= rate * reach && trial.ratePerSecond >= rate / reach);
  }

  #endsConfirm({ low, high }: RateInterval): boolean {
    const { objectiveShare } = this.#settings;
    return pooledShare(this.#near(low)) <= objectiveShare && pooledShare(this.#near(high)) > objectiveShare;
  }

  #guideSeconds(rate: number): number {
    const { objectiveShare } = this.#settings;
    const wanted = GUIDE_EVENTS / (objectiveShare * rate);
    return WARM_UP_SECONDS + Math.min(GUIDE_SECONDS.most, Math.max(GUIDE_SECONDS.least, wanted));
  }

  #judgingSeconds(leftSeconds: number): number {
    const { trialSeconds } = this.#settings;
    const forSlow = Math.min(TAUS_PER_TRIAL * this.#medianTau(), leftSeconds / TRIALS_LEFT);
    return Math.max(trialSeconds, forSlow);
  }

  #medianTau(): number {
    const trials = this.#judging.length > 0 ? this.#judging : this.#guides;
    const taus = trials.map(({ tauSeconds }) => tauSeconds).sort((a, b) => a - b);
    return taus[Math.floor(taus.length / 2)] ?? 0;
  }

  #runIfTime(trial: Omit<PlannedTrial, 'seconds'>, seconds: number, leftSeconds: number): SearchStep {
    const possible = Math.min(seconds, leftSeconds);
    const least = trial.phase === 'range' || trial.phase === 'narrow' ? seconds : LEAST_SECONDS;
    if (possible >= least) return { run: { ...trial, seconds: possible } };
    const fitted = this.#fit();
    const held = this.#judgedRates(true);
    const bad = this.#judgedRates(false);
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
    const tauSeconds = this.#medianTau();
    const wide = bracket === undefined ? undefined : bracket.high / bracket.low - 1;
    return {
      end,
      bracket,
      fit,
      confidence,
      tauSeconds,
      secondsNeeded:
        end === 'budget' && wide !== undefined ? budgetSeconds * Math.max(1, wide / width) ** 2 : undefined,
      shortTrials: this.#judging.some((trial) => trial.seconds < TAUS_NEEDED * trial.tauSeconds),
    };
  }
}

/** Guides are short, so the half event that an estimate carries would make every quiet one bad. */
function looksBad({ share, estimate }: SearchTrial, objectiveShare: number): boolean {
  return share > objectiveShare || estimate >= 0.9;
}

function pooledShare(trials: readonly SearchTrial[]): number {
  const weight = trials.reduce((sum, trial) => sum + trial.weight, 0);
  return trials.reduce((sum, trial) => sum + trial.weight * trial.estimate, 0) / weight;
}

/** Within a step of [highest rate that looks held, lowest that does not], whichever of the two is lower. */
function clamp(root: number, highestHeld: number, lowestBad: number, step: number): number {
  const [low, high] = [Math.min(highestHeld, lowestBad), Math.max(highestHeld, lowestBad)];
  return Math.min(high * step, Math.max(low / step, root));
}
