/** One run of a planted system: its plane is opened, searched, and asked what was true of it. */
import { derivedSeed } from '../../capacity/virtual/random.ts';
import type { PlantedRun } from './journal.ts';
import { openPlane } from './plane.ts';
import { meanServiceMs } from './plane-config.ts';
import { type Level, type Searched, type SearchWorld, searchPlane } from './search-plane.ts';
import { questionOf, type System } from './systems.ts';

export interface PlaneWorld extends SearchWorld {
  readonly envoyPath: string;
}

const SEED = 20_261_201;

/** @throws HarnessError BENCH_PROGRAM, and those of the search; the signal's reason */
export async function runSystem(
  world: PlaneWorld,
  system: System,
  { number, level }: { readonly number: number; readonly level: Level },
): Promise<PlantedRun> {
  const startedAt = performance.now();
  await using plane = await openPlane(world.envoyPath, system.plane);
  const pools = system.kind === 'bracket' ? system.pools : Object.keys(system.plane.pools);
  const spoil = system.kind === 'bracket' ? undefined : system.spoil;
  const searches: Searched[] = [];
  for (const pool of pools) {
    // the same arrivals for each pool, and others for each number
    const seed = derivedSeed(SEED + number, system.key);
    searches.push(await searchPlane(world, plane.urlOf(pool), system.ask, { seed, level, spoil }));
  }
  const requests = await plane.log();
  const stretches = searches.flatMap((search) => search.stretches);
  const worst = searches.find(({ outcome }) => outcome === 'invalid') ?? searches[0]!;
  const { low, high } = system.kind === 'bracket' ? system.found(searches) : worst;
  return {
    ...{ of: questionOf(system, level), system: system.key, number, at: new Date().toISOString() },
    ...{ outcome: worst.outcome, sentence: worst.sentence, low, high, limitedBy: limitsOf(searches) },
    truth: system.kind === 'bracket' ? system.truth({ requests, stretches }) : undefined,
    serviceMs: meanServiceMs(requests),
    seconds: (performance.now() - startedAt) / 1000,
    codes: [...new Set(searches.flatMap(({ codes }) => codes))],
    directories: searches.flatMap(({ directory }) => directory ?? []),
  };
}

function limitsOf(searches: readonly Searched[]): string | undefined {
  const limits = new Set(searches.flatMap(({ limitedBy }) => limitedBy ?? []));
  return limits.size === 0 ? undefined : [...limits].join(', ');
}
