/**
 * Calibration of the search: many seeded searches on systems whose capacity is known, counted. A promise allows as many
 * misses as chance makes of it in one study of a thousand; a control is a known-bad search that must be seen to miss more.
 */
import { binomialUpperTail } from '../../stats/proportion.ts';
import { CAPACITY_ASSURANCE } from '../search/search-settings.ts';
import type { RateInterval } from '../search/share-fit.ts';
import type { TrialStatistics } from '../trial/trial-statistics.ts';
import type { PlantedSystem } from './planted-systems.ts';
import { derivedSeed } from './random.ts';
import { RIVALS, rivalSearch } from './rivals.ts';
import { trueCapacity } from './truth.ts';
import { type SearchFlaw, virtualSearch } from './virtual-search.ts';
import type { VirtualTrial } from './virtual-trial.ts';

export type Level = keyof typeof CAPACITY_ASSURANCE;

/** Misses that a bracket may have, as a share of searches: what the design promises on every system. */
const PROMISED_MISSES = 0.05;
/** A bracket that misses by more than this is far off. */
const FAR = 0.0125;

export interface Searcher {
  readonly name: string;
  search(system: PlantedSystem, seed: number): { readonly bracket: RateInterval | undefined; readonly seconds: number };
}

export interface StudyRow {
  readonly system: string;
  readonly truth: number;
  readonly runs: number;
  readonly misses: number;
  readonly far: number;
  /** Misses that chance explains (1 in 1000) when one search in twenty may miss. */
  readonly limit: number;
  readonly medianWidth: number;
  readonly meanSeconds: number;
}

export function thisSearch(level: Level, flaw: SearchFlaw = {}): Searcher['search'] {
  return (system, seed) =>
    virtualSearch(
      system,
      { ...CAPACITY_ASSURANCE[level], objectiveShare: system.objectiveShare, fromRate: system.fromRate, maxRate: 1e6 },
      seed,
      flaw,
    );
}

export const RIVAL_SEARCHERS: readonly Searcher[] = RIVALS.map((rule) => ({
  name: rule.name,
  search: (system, seed) => rivalSearch(rule, system, seed),
}));

const weighed = (effectiveRequests: number, { share, overloaded }: TrialStatistics) => {
  const estimate = (effectiveRequests * share + 0.5) / (effectiveRequests + 1);
  return {
    effectiveRequests,
    weight: effectiveRequests + 1,
    estimate: overloaded ? Math.max(0.9, estimate) : estimate,
  };
};

/** Short trials of a system with a long memory, believed as if it had none. */
function forgetsRelaxation({ statistics }: VirtualTrial): TrialStatistics {
  const requests = statistics.requests / statistics.designEffect;
  return { ...statistics, tauSeconds: 0, ...weighed(requests, statistics) };
}

/** Each with the part of a system's name on which it breaks. */
export const CONTROLS: readonly (Searcher & { readonly breaksOn: string })[] = [
  { ...RIVAL_SEARCHERS[0]!, breaksOn: 'T=200 ms, 5 %' },
  {
    name: 'no relaxation time',
    search: thisSearch('default', { statistics: forgetsRelaxation }),
    breaksOn: 'μ=100 T=500 ms',
  },
];

/** Seeds are the same for every searcher: (seed, run, system). */
export function study({ search }: Searcher, system: PlantedSystem, runs: number, seed: number): StudyRow {
  const truth = trueCapacity(system, system.objectiveShare)!;
  const widths: number[] = [];
  let [misses, far, seconds] = [0, 0, 0];
  for (let run = 0; run < runs; run += 1) {
    const found = search(system, derivedSeed(seed + run, system.name));
    seconds += found.seconds;
    if (found.bracket === undefined) {
      misses += 1;
      far += 1;
      continue;
    }
    const { low, high } = found.bracket;
    widths.push(high / low - 1);
    if (low <= truth && truth <= high) continue;
    misses += 1;
    if (Math.max(low / truth - 1, 1 - high / truth) > FAR) far += 1;
  }
  widths.sort((a, b) => a - b);
  return {
    system: system.name,
    truth,
    runs,
    misses,
    far,
    limit: missLimit(runs),
    medianWidth: widths[widths.length >> 1] ?? Infinity,
    meanSeconds: seconds / runs,
  };
}

/** Smallest k that Binomial(runs, 0.05) exceeds with probability at most 1e-3: 28 of 300. */
export function missLimit(runs: number): number {
  let limit = Math.floor(runs * PROMISED_MISSES);
  while (binomialUpperTail(limit + 1, runs, PROMISED_MISSES) > 1e-3) limit += 1;
  return limit;
}
