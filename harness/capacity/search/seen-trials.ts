/**
 * What the trials of a search showed so far, as the search asks for it: where the guides put the capacity, the fit over
 * those that judged, and which of them are near a rate.
 */

import type { SearchSettings } from './search-settings.ts';
import { fitShare, type RateInterval, rootInterval, type ShareFit } from './share-fit.ts';

export type SearchPhase = 'range' | 'narrow' | 'pool' | 'ends';

/** What the search needs of a finished trial. */
export interface SearchTrial {
  readonly phase: SearchPhase;
  readonly ratePerSecond: number;
  readonly share: number;
  readonly estimate: number;
  readonly weight: number;
  readonly tauSeconds: number;
}

interface Fitted {
  readonly fit: ShareFit;
  readonly interval: RateInterval;
}

/** The fit is over trials within so many widths of its root. */
const WINDOW_WIDTHS = 3;
const TAUS_NEEDED = 20;

export class SeenTrials {
  readonly #settings: Pick<SearchSettings, 'objectiveShare' | 'width' | 'confidence'>;
  readonly #guides: SearchTrial[] = [];
  readonly #judging: (SearchTrial & { readonly seconds: number })[] = [];
  /** Of the first so many trials that judged: none is ever changed or taken back, and it is asked for between any two. */
  #fitted: { readonly trials: number; readonly found: Fitted | undefined } | undefined;

  constructor(settings: Pick<SearchSettings, 'objectiveShare' | 'width' | 'confidence'>) {
    this.#settings = settings;
  }

  add(trial: SearchTrial, seconds: number): void {
    const { phase } = trial;
    if (phase === 'range' || phase === 'narrow') this.#guides.push(trial);
    else this.#judging.push({ ...trial, seconds });
  }

  /** How many trials judged. */
  get judged(): number {
    return this.#judging.length;
  }

  /** Those that judged at this rate or above. */
  judgedFrom(rate: number): readonly SearchTrial[] {
    return this.#judging.filter(({ ratePerSecond }) => ratePerSecond >= rate);
  }

  /** Rates of the trials that judged, by which side of the objective each looks. */
  judgedRates(held: boolean): readonly number[] {
    const { objectiveShare } = this.#settings;
    return this.#judging.filter(({ estimate }) => estimate <= objectiveShare === held).map((t) => t.ratePerSecond);
  }

  /** The highest rate that looked held below the lowest that looked bad, and that one. */
  guideBounds(): readonly [held: SearchTrial | undefined, bad: SearchTrial | undefined] {
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

  /** The rate between the two where logit p crosses the objective, at 0.2 to 0.8 of their gap in ln λ. */
  crossing(held: SearchTrial, bad: SearchTrial): number {
    return held.ratePerSecond * (bad.ratePerSecond / held.ratePerSecond) ** this.#shareOfGap(held, bad);
  }

  #shareOfGap(held: SearchTrial, bad: SearchTrial): number {
    if (held.share === 0 || bad.estimate >= 0.9) return 0.5;
    const logit = (p: number) => Math.log(p / (1 - p));
    const [from, to, at] = [held.estimate, bad.estimate, this.#settings.objectiveShare].map(logit);
    return to! > from! ? Math.min(0.8, Math.max(0.2, (at! - from!) / (to! - from!))) : 0.5;
  }

  /** The fit over the trials near its root, and the interval of that root over the very same trials. */
  fit(): Fitted | undefined {
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

  /** Trials near the root, or all when those are under three. */
  #window(root: number): readonly SearchTrial[] {
    const reach = 1 + WINDOW_WIDTHS * this.#settings.width;
    const near = this.#judging.filter(({ ratePerSecond: rate }) => rate <= root * reach && rate >= root / reach);
    return near.length < 3 || near.length === this.#judging.length ? this.#judging : near;
  }

  isRunNear(rate: number): boolean {
    return this.#near(rate).length > 0;
  }

  /** Whether the trials at both ends, pooled, lie on the sides of the objective that the interval gives them. */
  confirm({ low, high }: RateInterval): boolean {
    const { objectiveShare } = this.#settings;
    return pooledShare(this.#near(low)) <= objectiveShare && pooledShare(this.#near(high)) > objectiveShare;
  }

  /** Trials that judged within w/6 of a rate. */
  #near(rate: number): readonly SearchTrial[] {
    const reach = 1 + this.#settings.width / 6;
    return this.#judging.filter((trial) => trial.ratePerSecond <= rate * reach && trial.ratePerSecond >= rate / reach);
  }

  /** Median relaxation time of the trials that judged, before there are any of the guides; seconds. */
  medianTau(): number {
    const trials = this.#judging.length > 0 ? this.#judging : this.#guides;
    const taus = trials.map(({ tauSeconds }) => tauSeconds).sort((a, b) => a - b);
    return taus[Math.floor(taus.length / 2)] ?? 0;
  }

  /** Some trial was shorter than 20 relaxation times. */
  areShort(): boolean {
    return this.#judging.some((trial) => trial.seconds < TAUS_NEEDED * trial.tauSeconds);
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
