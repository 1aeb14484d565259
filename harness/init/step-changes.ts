/** Pauses that fit into a run: long enough that each share can be proven, and not longer. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { parseGoDuration } from '../oracle/go-duration.ts';
import { type Change, changesOf, type Edit } from './change.ts';
import type { UnitFacts } from './unit-facts.ts';

const SHORTEST_MS = 20_000;
const LONGEST_MS = 60_000;
/** What one machine offers beside everything else that it does. */
const MOST_PER_SECOND = 300;
/** Requests that prove a share of one half within 5 points, in 99 of 100 runs, at the error rates of `smoke`. */
const PROVING_REQUESTS = 4_800;
/**
 * A change of shares is found where its likelihood ratio is above the penalty of another change, 3 ln n, which is 33 for
 * 60,000 requests (stats/segmentation.ts). Two pieces of m requests around the share p that differ by d have one of
 * m d^2 / (4 p (1 - p)), with the standard deviation sqrt(2 times that): 79 is 3.7 of them above.
 */
const LIKELIHOOD_RATIO = 79;
const LEAST_PER_SECOND = 100;
const STEPS = '/spec/strategy/canary/steps';

export interface Pauses {
  readonly changes: readonly Change[];
  /** How long a step must last at `ratePerSecond`, to be proven and told from its neighbours. */
  readonly neededMs: number;
  readonly ratePerSecond: number;
  readonly isManual: boolean;
}

/** @param real leaves every pause as declared */
export function pausesOf(rollout: ManifestObject, facts: UnitFacts, real: boolean): Pauses {
  const pauses = asList(valueAt(rollout.value, STEPS)).flatMap((entry, index) => {
    const pause = asRecord(asRecord(entry)?.pause);
    if (!pause) return [];
    return [{ index, written: pause.duration, ms: durationMs(pause.duration) }];
  });
  const timed = pauses.flatMap(({ index, ms }) => (ms === undefined ? [] : [{ index, ms }]));
  const requests = requestsOfAStep(rollout);
  const neededMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.ceil(requests / MOST_PER_SECOND) * 1000));
  const bounded = (ms: number) => (real ? ms : neededMs);
  const edits = timed
    .filter(({ ms }) => bounded(ms) !== ms)
    .map(({ index, ms }): Edit => {
      const how = ms > neededMs ? 'shortened' : 'lengthened';
      const reason = `pauses are ${how} to ${neededMs / 1000} s, in which one machine can tell the steps apart (--pauses real keeps them)`;
      return { reason, set: { [`${STEPS}/${index}/pause/duration`]: `${bounded(ms) / 1000}s` } };
    });
  const shortestMs = timed.length === 0 ? neededMs : Math.min(...timed.map(({ ms }) => bounded(ms)));
  return {
    changes: changesOf(rollout, facts, edits),
    neededMs,
    ratePerSecond: Math.min(MOST_PER_SECOND, Math.max(LEAST_PER_SECOND, Math.ceil(requests / (shortestMs / 1000)))),
    isManual: pauses.some(({ written }) => written === undefined || written === null),
  };
}

/** A number of seconds, or a Go duration; undefined for neither. */
function durationMs(duration: unknown): number | undefined {
  if (typeof duration === 'number') return duration * 1000;
  if (typeof duration !== 'string') return undefined;
  return /^\d+$/.test(duration) ? Number(duration) * 1000 : parseGoDuration(duration);
}

/** For the two neighbours that are hardest to tell apart. */
function requestsOfAStep(rollout: ManifestObject): number {
  const weights = asList(valueAt(rollout.value, STEPS)).flatMap((step) => {
    const weight = asRecord(step)?.setWeight;
    return typeof weight === 'number' ? [weight / 100] : [];
  });
  const shares = [0, ...weights, 1].filter((share, index, all) => share !== all[index - 1]);
  const needed = shares.slice(1).map((share, index) => {
    const middle = (share + shares[index]!) / 2;
    return (LIKELIHOOD_RATIO * 4 * middle * (1 - middle)) / (share - shares[index]!) ** 2;
  });
  return Math.max(PROVING_REQUESTS, ...needed);
}
