/** A whole search on a planted system, in virtual time. */
import { CapacitySearch, type SearchResult } from '../search/capacity-search.ts';
import type { SearchSettings } from '../search/search-settings.ts';
import type { RateInterval } from '../search/share-fit.ts';
import { derivedSeed } from './random.ts';
import type { VirtualSystem } from './system.ts';
import { type VirtualTrial, virtualTrial } from './virtual-trial.ts';

/** Between two trials: draining, and the next k6. */
export const OVERHEAD_SECONDS = 3;

export interface VirtualSearchResult {
  readonly bracket: RateInterval | undefined;
  readonly end: SearchResult['end'];
  readonly seconds: number;
  readonly trials: number;
}

/** What makes a known-bad search of this one, for negative controls. */
export interface SearchFlaw {
  readonly statistics?: (trial: VirtualTrial) => VirtualTrial['statistics'];
}

export function virtualSearch(
  system: VirtualSystem,
  settings: SearchSettings,
  seed: number,
  flaw: SearchFlaw = {},
): VirtualSearchResult {
  const search = new CapacitySearch(settings);
  let seconds = 0;
  for (let trials = 0; ; trials += 1) {
    const step = search.next(seconds);
    if ('done' in step) return { bracket: step.done.bracket, end: step.done.end, seconds, trials };
    const { phase, ratePerSecond } = step.run;
    const looks = phase === 'pool' || phase === 'ends' ? settings.objectiveShare : undefined;
    const trial = virtualTrial(system, ratePerSecond, step.run.seconds, derivedSeed(seed, `trial ${trials}`), looks);
    search.observe(flaw.statistics?.(trial) ?? trial.statistics, trial.seconds);
    seconds += trial.seconds + OVERHEAD_SECONDS;
  }
}
