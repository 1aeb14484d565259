import { describe, expect, it } from 'vitest';
import { clopperPearsonInterval } from '../stats/proportion.ts';
import { ReleaseCounts } from './release-counts.ts';
import type { Release } from './simulate-release.ts';

const release = (changes: Partial<Release>): Release => ({
  outcome: 'promoted',
  verdict: undefined,
  cause: undefined,
  reason: '',
  durationMs: 480_000,
  sinceFaultMs: 480_000,
  weight: 1,
  canaryRequests: 100,
  badAnswers: 1,
  users: undefined,
  ...changes,
});

describe('the summary of many releases', () => {
  const counts = new ReleaseCounts();
  for (let index = 0; index < 60; index += 1) counts.add(release({}));
  // stopped at 1, 2, … 30 s
  for (let second = 1; second <= 30; second += 1)
    counts.add(
      release({
        outcome: 'aborted',
        verdict: second <= 20 ? 'Failed' : 'Error',
        cause: second <= 20 ? 'nan' : 'no-data',
        weight: second <= 5 ? 0.5 : 0.1,
        durationMs: second * 1000,
        sinceFaultMs: second * 1000,
        canaryRequests: 10,
        badAnswers: 4,
      }),
    );
  for (let index = 0; index < 10; index += 1)
    counts.add(release({ outcome: 'paused', verdict: 'Inconclusive', cause: 'value', sinceFaultMs: 31_000 }));
  const summary = counts.summary();

  it('keeps Failed and Error apart, with exact intervals, and says why', () => {
    const { low, high } = clopperPearsonInterval(20, 100, 0.95);
    expect(summary.failed).toEqual({ count: 20, p: 0.2, low, high });
    expect([summary.promoted, summary.error, summary.paused, summary.stuck].map(({ count }) => count)).toEqual([
      60, 10, 10, 0,
    ]);
    expect(Object.entries(summary.stoppedByCause).map(([cause, { count }]) => [cause, count])).toEqual([
      ['no-data', 10],
      ['nan', 20],
      ['value', 10],
      ['condition', 0],
    ]);
    expect(summary.late.count).toBe(5);
    expect(summary.canaryRequests).toBeCloseTo((70 * 100 + 30 * 10) / 100, 10);
    expect(summary.badAnswers).toBeCloseTo((70 + 30 * 4) / 100, 10);
  });

  it('means of users, where there are any, whatever the order of the tallies', () => {
    expect(summary.users).toBeNull();
    const tallyOf = (byRequest: number, sticky: number) => {
      const one = new ReleaseCounts();
      one.add(release({ users: { byRequest, sticky } }));
      return one.tally;
    };
    const tallies = [tallyOf(0.1, 3), tallyOf(0.2, 5), tallyOf(0.3, 10)];
    for (const order of [tallies, tallies.toReversed()]) {
      const all = new ReleaseCounts();
      for (const tally of order) all.addTally(tally);
      expect(all.summary().users!.byRequest).toBeCloseTo(0.2, 12);
      expect(all.summary().users!.sticky).toBe(6);
    }
  });

  it('gives times as quantiles with the intervals of their ranks', () => {
    // of 40: P(Bin(40, .5) <= 13) = .019, so ranks 14 and 27 bound the median
    expect(summary.timeToStop?.q50).toEqual({ ms: 20_000, lowMs: 14_000, highMs: 27_000 });
    expect(summary.timeToStop?.q95).toEqual({ ms: 31_000, lowMs: 31_000, highMs: null });
    expect(new ReleaseCounts().summary().timeToStop).toBeNull();
  });
});
