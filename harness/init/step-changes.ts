/** Pauses that fit into a run: long enough that each share can be proven, and not longer. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { parseGoDuration } from '../oracle/go-duration.ts';
import { type Change, changesOf, type Edit } from './change.ts';
import type { UnitFacts } from './unit-facts.ts';

const SHORTEST_MS = 20_000;
const LONGEST_MS = 30_000;
const STEPS = '/spec/strategy/canary/steps';

export interface Pauses {
  readonly changes: readonly Change[];
  /** Of the steps as they will be; undefined when none has a duration. */
  readonly shortestMs: number | undefined;
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
  const bounded = (ms: number) => (real ? ms : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms)));
  const edits = timed
    .filter(({ ms }) => bounded(ms) !== ms)
    .map(({ index, ms }): Edit => {
      const reason =
        ms > LONGEST_MS
          ? 'pauses are shortened to 30 s (--pauses real keeps them)'
          : 'pauses are lengthened to 20 s, in which one machine can prove a share (--pauses real keeps them)';
      return { reason, set: { [`${STEPS}/${index}/pause/duration`]: `${bounded(ms) / 1000}s` } };
    });
  return {
    changes: changesOf(rollout, facts, edits),
    shortestMs: timed.length === 0 ? undefined : Math.min(...timed.map(({ ms }) => bounded(ms))),
    isManual: pauses.some(({ written }) => written === undefined || written === null),
  };
}

/** A number of seconds, or a Go duration; undefined for neither. */
function durationMs(duration: unknown): number | undefined {
  if (typeof duration === 'number') return duration * 1000;
  if (typeof duration !== 'string') return undefined;
  return /^\d+$/.test(duration) ? Number(duration) * 1000 : parseGoDuration(duration);
}
