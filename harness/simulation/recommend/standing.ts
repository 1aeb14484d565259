/** How a candidate did so far, and what is better: the limits first, then bad answers, then fewer changes. */
import type { CandidatePoint, PolicyFigures } from '../../../reports/model/simulation/recommendation.ts';
import type { Share } from '../../../reports/model/simulation/release-figures.ts';
import type { ReleaseCounts } from '../release-counts.ts';
import type { Candidate } from './candidates.ts';

export interface Standing {
  readonly candidate: Candidate;
  readonly figures: PolicyFigures;
  /** Of a release that nothing stops: those that are stopped end early, so a policy that stops good ones looks quick. */
  readonly wholeMs: number;
}

export interface Limits {
  readonly maxFalse: number;
  readonly maxMiss: number;
  readonly maxDurationMs: number;
  /** Of a canary that answers nothing but errors. */
  readonly maxDeadMiss: number;
}

/** As for other bad ones, where some candidate stops dead canaries; else no worse than today. */
export function deadLimit(maxMiss: number, [today, ...others]: readonly Standing[]): number {
  if ([today!, ...others].some(({ figures }) => figures.deadMiss.p <= maxMiss)) return maxMiss;
  return Math.max(maxMiss, today!.figures.deadMiss.high);
}

export function standingOf(
  candidate: Candidate,
  wholeMs: number,
  [good, bad, dead]: readonly ReleaseCounts[],
): Standing {
  const figures = {
    good: good!.summary(),
    bad: bad!.summary(),
    falseStop: good!.stopped,
    miss: bad!.promoted,
    deadMiss: dead!.promoted,
  };
  return { candidate, figures, wholeMs };
}

/**
 * By how much a side of the intervals is beyond the limits, as a sum of ratios; 0: within all.
 * @param side `low`: cannot be ruled out yet; `high`: proven
 */
export function excess({ figures, wholeMs }: Standing, limits: Limits, side: 'low' | 'high'): number {
  const over = (share: Share, limit: number) => Math.max(0, share[side] / limit - 1);
  return (
    over(figures.falseStop, limits.maxFalse) +
    over(figures.miss, limits.maxMiss) +
    over(figures.deadMiss, limits.maxDeadMiss) +
    Math.max(0, wholeMs / limits.maxDurationMs - 1)
  );
}

export function byMerit(limits: Limits, side: 'low' | 'high'): (a: Standing, b: Standing) => number {
  return (a, b) =>
    excess(a, limits, side) - excess(b, limits, side) ||
    a.figures.bad.badAnswers - b.figures.bad.badAnswers ||
    a.candidate.edits.length - b.candidate.edits.length;
}

/** Not worse than any other in all three. */
export function frontOf(standings: readonly Standing[]): readonly CandidatePoint[] {
  const points = standings.map(({ candidate, figures, wholeMs }) => ({
    changes: candidate.changes,
    falseStop: figures.falseStop,
    miss: figures.miss,
    badAnswers: figures.bad.badAnswers,
    durationMs: wholeMs,
  }));
  const beats = (a: CandidatePoint, b: CandidatePoint) =>
    a.falseStop.p <= b.falseStop.p &&
    a.badAnswers <= b.badAnswers &&
    a.durationMs <= b.durationMs &&
    (a.falseStop.p < b.falseStop.p || a.badAnswers < b.badAnswers || a.durationMs < b.durationMs);
  return points
    .filter((point) => !points.some((other) => beats(other, point)))
    .toSorted((a, b) => a.falseStop.p - b.falseStop.p || a.badAnswers - b.badAnswers);
}
