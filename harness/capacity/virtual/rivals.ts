/**
 * How others search, on the same planted systems and seeds. Each doubles the rate until a trial is bad and then halves
 * the gap; they differ in the length of a trial and in what makes a rate bad. A lost, slow or unsent request is a bad one
 * for all of them.
 */
import type { RateInterval } from '../search/share-fit.ts';
import type { PlantedSystem } from './planted-systems.ts';
import { derivedSeed } from './random.ts';
import { OVERHEAD_SECONDS } from './virtual-search.ts';
import { virtualBins } from './virtual-trial.ts';

export interface RivalResult {
  readonly bracket: RateInterval | undefined;
  readonly seconds: number;
}

interface RivalRule {
  readonly name: string;
  readonly trialSeconds: number;
  /** The search stops at this high/low − 1. */
  readonly width: number;
  /** Trials after which a rate is known; `held` once one of them is (an exceed ratio of one half). */
  readonly trialsPerRate: number;
}

export const RIVALS: readonly RivalRule[] = [
  { name: '×2 then bisection, 60 s trials', trialSeconds: 60, width: 0.05, trialsPerRate: 1 },
  { name: '×2 then bisection, 300 s trials', trialSeconds: 300, width: 0.05, trialsPerRate: 1 },
  // RFC 9971, "TST009": final trial 60 s, duration sum 120 s, exceed ratio 0.5. With full-length trials a rate is a lower
  // bound as soon as the bad ones cannot exceed half of the sum, which one good trial of two settles.
  { name: 'MLRsearch rule (60/120 s, exceed 0.5)', trialSeconds: 60, width: 0.05, trialsPerRate: 2 },
  { name: 'Nighthawk rule (10 s, stop at 1 %)', trialSeconds: 10, width: 0.01, trialsPerRate: 1 },
];

const MOST_RATES = 60;

export function rivalSearch(rule: RivalRule, system: PlantedSystem, seed: number): RivalResult {
  let seconds = 0;
  let trials = 0;
  const holds = (rate: number): boolean => {
    for (let attempt = 0; attempt < rule.trialsPerRate; attempt += 1) {
      const bins = virtualBins(system, rate, rule.trialSeconds, derivedSeed(seed, `trial ${trials}`));
      trials += 1;
      seconds += rule.trialSeconds + OVERHEAD_SECONDS;
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      const arrived = sum(bins.arrivals);
      if (arrived === 0 || sum(bins.bad) / arrived <= system.objectiveShare) return true;
    }
    return false;
  };
  let low: number | undefined;
  let high: number | undefined;
  for (let rates = 0; rates < MOST_RATES; rates += 1) {
    if (low !== undefined && high !== undefined && high / low - 1 <= rule.width)
      return { bracket: { low, high }, seconds };
    const rate: number =
      low === undefined
        ? high === undefined
          ? system.fromRate
          : high / 2
        : high === undefined
          ? low * 2
          : Math.sqrt(low * high);
    if (holds(rate)) low = rate;
    else high = rate;
  }
  return { bracket: undefined, seconds };
}
