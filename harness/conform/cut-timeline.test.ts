import { expect, test } from 'vitest';
import type { TimelineReport } from '../../reports/model/run-report.ts';
import { timelineSpan } from '../../reports/model/timeline-bins.ts';
import { sinceRunStart, withMachine } from './cut-timeline.ts';

const START_MS = Date.UTC(2026, 0, 2);
const step = (layer: 'git' | 'api' | 'xds', afterMs: number, share: number) => ({
  ...{ layer, share, atMs: START_MS + afterMs, source: `${layer} ${share}` },
});
const timeline = (declared: TimelineReport['declared'], events: TimelineReport['events'] = []): TimelineReport => ({
  ...{ title: 'Share of v3', arm: 'v3', declared, series: [], events },
});

test('what was held before the run is drawn from its start, and says since when', () => {
  const day = 86_400_000;
  const cut = sinceRunStart(
    timeline([step('xds', -3 * day, 0.5), step('xds', -2 * day, 0.1), step('api', -day, 0.1), step('git', 20, 0.1)]),
    START_MS,
  );
  expect(cut.declared.map(({ layer, share, atMs, source }) => [layer, share, atMs - START_MS, source])).toEqual([
    ['xds', 0.1, 0, 'xds 0.1; held since before the run, from 2025-12-31T00:00:00.000Z'],
    ['api', 0.1, 0, 'api 0.1; held since before the run, from 2026-01-01T00:00:00.000Z'],
    ['git', 0.1, 20, 'git 0.1'],
  ]);
  expect(timelineSpan(cut)).toEqual([START_MS, START_MS + 20]);
});

test('a run that saw everything begin is left as it is', () => {
  const whole = timeline(
    [step('git', 0, 0.1), step('api', 40, 0.1)],
    [{ atMs: START_MS, lane: 'Git', label: 'first' }],
  );
  expect(sinceRunStart(whole, START_MS)).toEqual(whole);
});

test('events of before the run are not its own', () => {
  const events = [-1, 0].map((afterMs) => ({ atMs: START_MS + afterMs, lane: 'Git', label: String(afterMs) }));
  expect(sinceRunStart(timeline([], events), START_MS).events.map(({ label }) => label)).toEqual(['0']);
});

test('a claim’s own timeline shows what the machine did meanwhile, and not what it did in another claim', () => {
  const event = (lane: string, afterMs: number) => ({ atMs: START_MS + afterMs, lane, label: `${lane} ${afterMs}` });
  const own = timeline([step('api', 0, 0.1), step('api', 60_000, 0.25)], [event('Rollout', 30_000)]);
  const all = [event('machine', -60_000), event('Git', 5_000), event('machine', 31_000), event('fault', -9_000)];
  expect(withMachine(own, all).events.map(({ label }) => label)).toEqual([
    ...['fault -9000', 'Rollout 30000', 'machine 31000'],
  ]);
  expect(withMachine(own, [event('Git', 1)])).toBe(own);
  expect(withMachine(timeline([]), all).events).toEqual([]);
});
