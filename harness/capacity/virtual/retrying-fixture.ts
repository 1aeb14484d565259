/**
 * A planted system that can stay overloaded: one worker, and clients that try again after a time-out while the worker still
 * works on what they gave up. With r retries it is stuck above μ/(1+r), where a fresh one holds nearly μ.
 */
import { slotCount, slotOffsets } from '../../../scenarios/shared/arrival-slots.ts';
import { BIN_SECONDS, type TrialBins } from '../trial/trial-bins.ts';
import { createRandom } from './random.ts';

export interface RetryingSystem {
  /** μ, per second. */
  readonly serviceRate: number;
  readonly retries: number;
  readonly tryTimeoutSeconds: number;
}

interface Pulse {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** In that time, per second and in all. */
  readonly ratePerSecond: number;
}

interface Try {
  readonly at: number;
  /** When the request itself was due. */
  readonly due: number;
  readonly left: number;
}

export function retryingBins(
  { serviceRate, retries, tryTimeoutSeconds }: RetryingSystem,
  load: { readonly ratePerSecond: number; readonly seconds: number; readonly pulse: Pulse },
  seed: number,
): TrialBins {
  const bins = Math.round(load.seconds / BIN_SECONDS);
  const [arrivals, bad, change] = [0, 1, 2].map(() => new Array<number>(bins + 1).fill(0)) as [
    number[],
    number[],
    number[],
  ];
  const binOf = (at: number) => Math.min(bins, Math.floor(at / BIN_SECONDS));
  const random = createRandom(seed);
  const fresh: Try[] = arrivalsOf(load, seed).map((at) => ({ at, due: at, left: retries }));
  // every retry comes the same time after its try, so that they come in order
  const again: Try[] = [];
  let [nextFresh, nextAgain, freeAt] = [0, 0, 0];
  while (nextFresh < fresh.length || nextAgain < again.length) {
    const [a, b] = [fresh[nextFresh], again[nextAgain]];
    const one = b === undefined || (a !== undefined && a.at <= b.at) ? a! : b;
    if (one === a) nextFresh += 1;
    else nextAgain += 1;
    freeAt = Math.max(freeAt, one.at) + random.exponential(1 / serviceRate);
    const inTime = freeAt - one.at <= tryTimeoutSeconds;
    if (!inTime && one.left > 0) {
      again.push({ at: one.at + tryTimeoutSeconds, due: one.due, left: one.left - 1 });
      continue;
    }
    const bin = binOf(one.due);
    arrivals[bin]! += 1;
    if (!inTime) bad[bin]! += 1;
    change[bin]! += 1;
    change[binOf(inTime ? freeAt : one.at + tryTimeoutSeconds)]! -= 1;
  }
  let now = 0;
  return {
    arrivals: arrivals.slice(0, bins),
    bad: bad.slice(0, bins),
    open: change.slice(0, bins).map((step) => (now += step)),
  };
}

function arrivalsOf(
  { ratePerSecond, seconds, pulse }: { ratePerSecond: number; seconds: number; pulse: Pulse },
  seed: number,
): readonly number[] {
  const poisson = (rate: number, from: number, to: number, own: number) => {
    const at: number[] = [];
    for (let slot = 0; slot < Math.floor((to - from) * rate); slot += 1)
      for (const offset of slotOffsets(own, slot, slotCount(own, slot))) at.push(from + (slot + offset) / rate);
    return at;
  };
  const more = poisson(pulse.ratePerSecond - ratePerSecond, pulse.fromSeconds, pulse.toSeconds, seed + 1);
  return [...poisson(ratePerSecond, 0, seconds, seed), ...more].sort((a, b) => a - b);
}
