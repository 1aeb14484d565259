/** A trial on a planted system: the arrivals that k6 would send, the bins that it would leave. */
import { slotCount, slotOffsets } from '../../../scenarios/shared/arrival-slots.ts';
import { isDecided, LOOK_EVERY_SECONDS } from '../trial/look-rule.ts';
import { timeoutSecondsFor, usersFor } from '../trial/request-limits.ts';
import { BIN_SECONDS, sliceBins, type TrialBins } from '../trial/trial-bins.ts';
import { type TrialStatistics, trialStatistics } from '../trial/trial-statistics.ts';
import { createRandom, derivedSeed } from './random.ts';
import { createServer, type VirtualSystem } from './system.ts';

export interface VirtualTrial {
  readonly statistics: TrialStatistics;
  readonly seconds: number;
}

/** All bins of `seconds` of load on an empty system. */
export function virtualBins(system: VirtualSystem, ratePerSecond: number, seconds: number, seed: number): TrialBins {
  const bins = Math.ceil(seconds / BIN_SECONDS - 1e-9);
  const [arrivals, bad, change] = [0, 0, 0].map(() => new Array<number>(bins + 1).fill(0)) as [
    number[],
    number[],
    number[],
  ];
  const server = createServer(system, createRandom(derivedSeed(seed, 'service')));
  const users = usersFor(ratePerSecond, system.limitSeconds);
  const timeout = timeoutSecondsFor(system.limitSeconds);
  const open: number[] = [];
  const arrive = (at: number): void => {
    const bin = Math.min(bins - 1, Math.floor(at / BIN_SECONDS));
    arrivals[bin]! += 1;
    // the ends of a FIFO queue with several workers are nearly in order
    while (open.length > 0 && open[0]! <= at) open.shift();
    if (open.length >= users) {
      bad[bin]! += 1; // dropped while the system holds the users
      return;
    }
    const { refused, finishedAt } = server.serve(at);
    if (refused || finishedAt - at > system.limitSeconds) bad[bin]! += 1;
    const end = Math.min(finishedAt, at + timeout);
    open.push(end);
    change[bin]! += 1;
    change[Math.min(bins, Math.floor(end / BIN_SECONDS))]! -= 1;
  };
  const slots = Math.floor(seconds * ratePerSecond);
  for (let index = 0; index < slots; index += 1) {
    if (system.arrivals === 'paced') arrive(index / ratePerSecond);
    else
      for (const offset of slotOffsets(seed, index, slotCount(seed, index))) arrive((index + offset) / ratePerSecond);
  }
  let now = 0;
  return {
    arrivals: arrivals.slice(0, bins),
    bad: bad.slice(0, bins),
    open: change.slice(0, bins).map((step) => (now += step)),
  };
}

/** Runs up to `seconds`, looking every 15 s when `objectiveShare` is given. */
export function virtualTrial(
  system: VirtualSystem,
  ratePerSecond: number,
  seconds: number,
  seed: number,
  objectiveShare: number | undefined,
): VirtualTrial {
  const bins = virtualBins(system, ratePerSecond, seconds, seed);
  if (objectiveShare !== undefined)
    for (let look = LOOK_EVERY_SECONDS; look < seconds; look += LOOK_EVERY_SECONDS) {
      const statistics = trialStatistics(
        sliceBins(bins, 0, Math.round(look / BIN_SECONDS)),
        ratePerSecond,
        system.limitSeconds,
      );
      if (isDecided(statistics, objectiveShare)) return { statistics, seconds: look };
    }
  return { statistics: trialStatistics(bins, ratePerSecond, system.limitSeconds), seconds };
}
