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
