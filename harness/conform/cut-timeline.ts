/**
 * A timeline cut to its run: a proxy says when it took its configuration, which may be days ago on a cluster that was
 * kept, and an axis that long would show nothing of the run. Pure.
 */
import type { TimelineReport } from '../../reports/model/run-report.ts';

/** What held when the run began is drawn from there, and says since when it really held. */
export function sinceRunStart(timeline: TimelineReport, startedAt: number): TimelineReport {
  const sorted = timeline.declared.toSorted((a, b) => a.atMs - b.atMs);
  const held = [...new Set(sorted.map(({ layer }) => layer))].flatMap((layer) => {
    const before = sorted.findLast((step) => step.layer === layer && step.atMs < startedAt);
    if (!before) return [];
    const source = `${before.source}; held since before the run, from ${new Date(before.atMs).toISOString()}`;
    return [{ ...before, atMs: startedAt, source }];
  });
  return {
    ...timeline,
    declared: [...held, ...sorted.filter(({ atMs }) => atMs >= startedAt)],
    events: timeline.events.filter(({ atMs }) => atMs >= startedAt),
  };
}

/** Lanes of what nobody's claim recorded, and everybody has to know. */
const BESIDE = new Set(['machine', 'fault']);
/** What was wrong shortly before a claim began may still be. */
const AROUND_MS = 10_000;

/** A claim's own timeline with what the machine did meanwhile, and which fault was made. */
export function withMachine(
  timeline: TimelineReport,
  events: readonly TimelineReport['events'][number][],
): TimelineReport {
  const times = [...timeline.events, ...timeline.declared].map(({ atMs }) => atMs);
  const bins = timeline.series.flatMap((series) => series.bins.map(({ startMs }) => startMs));
  const [fromMs, toMs] = [
    Math.min(...extremes(times), ...extremes(bins)) - AROUND_MS,
    Math.max(...extremes(times), ...extremes(bins)) + AROUND_MS,
  ];
  const beside = events.filter(({ lane, atMs }) => BESIDE.has(lane) && atMs >= fromMs && atMs <= toMs);
  if (beside.length === 0) return timeline;
  return { ...timeline, events: [...timeline.events, ...beside].sort((a, b) => a.atMs - b.atMs) };
}

/** Least and greatest; an empty list has none. */
function extremes(times: readonly number[]): readonly number[] {
  const sorted = times.toSorted((a, b) => a - b);
  return [sorted[0], sorted.at(-1)].filter((ms) => ms !== undefined);
}
