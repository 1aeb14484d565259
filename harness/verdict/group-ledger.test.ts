import { describe, expect, it } from 'vitest';
import { createGroupLedger } from './group-ledger.ts';
import { createTrajectory } from './thinned-trajectory.ts';

describe('group ledger', () => {
  it('counts requests per group and pairs of neighbours, unsigned ones apart', () => {
    const ledger = createGroupLedger(2);
    for (const arm of [0, 0, 1, -1, 1, 0]) ledger.add(arm, 'a');
    ledger.add(1, 'b');
    ledger.add(-1, 'c');
    expect(ledger.groups).toBe(3);
    expect(ledger.table()).toEqual([
      [3, 2],
      [0, 1],
      [0, 0],
    ]);
    // Signed requests of a: 0 0, 1 1, and a 0 that waits; b has one only.
    expect(ledger.pairs(0)).toEqual({ bothHit: 1, mixed: 0, bothMiss: 1 });
    ledger.add(1, 'a');
    expect(ledger.pairs(0)).toEqual({ bothHit: 1, mixed: 1, bothMiss: 1 });
    expect(ledger.pairs(1)).toEqual({ bothHit: 1, mixed: 1, bothMiss: 1 });
    expect(ledger.shares(1)).toEqual({ low: [3 / 7, 1, 0], high: [4 / 7, 1, 1] });
    expect(ledger.groupsWithUnknown).toBe(2);
  });

  it('folds further groups into the rows it has and loses no request', () => {
    const ledger = createGroupLedger(2, 16);
    for (let i = 0; i < 1000; i += 1) ledger.add(i % 2, `group${i}`);
    expect(ledger.groups).toBe(16);
    expect(
      ledger
        .table()
        .flat()
        .reduce((sum, count) => sum + count, 0),
    ).toBe(1000);
  });
});

describe('trajectory', () => {
  it('stays within its bound, evenly thinned, and ends with the last point', () => {
    const trajectory = createTrajectory(10);
    for (let n = 1; n <= 1000; n += 1) trajectory.add({ n, logE: n, logLambdaHigh: 0, logLambdaLow: 0 });
    const points = trajectory.points().map((point) => point.n);
    expect(points.length).toBeLessThanOrEqual(10);
    expect(points[0]).toBe(1);
    expect(points.at(-1)).toBe(1000);
    const steps = points.slice(1, -1).map((n, i) => n - points[i]!);
    expect(new Set(steps).size).toBe(1);
    expect(createTrajectory().points()).toEqual([]);
  });
});
