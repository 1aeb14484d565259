import { describe, expect, it } from 'vitest';
import { slotCount, slotOffsets } from '../../../scenarios/shared/arrival-slots.ts';
import { CAPACITY_SEED } from '../calibrate.ts';
import { PLANTED_SYSTEMS } from './planted-systems.ts';
import { CONTROLS, missLimit, study, thisSearch } from './study.ts';
import type { VirtualSystem } from './system.ts';
import { erlangLoss, trueCapacity } from './truth.ts';

const queue = (
  workers: number,
  serviceRate: number,
  limitSeconds: number,
  law: 'exponential' | 'fixed' = 'exponential',
): VirtualSystem => ({
  name: '',
  arrivals: 'poisson',
  limitSeconds,
  server: { kind: 'queue', workers, law, meanSeconds: 1 / serviceRate },
});
const loss = (workers: number): VirtualSystem => ({
  name: '',
  arrivals: 'poisson',
  limitSeconds: 1,
  server: { kind: 'loss', workers, law: 'fixed', meanSeconds: 1 },
});

describe('capacities by formula', () => {
  it('are those of the reference table', () => {
    const both = (system: VirtualSystem) =>
      [0.05, 0.01].map((share) => Number(trueCapacity(system, share)?.toFixed(3)));
    expect(both(queue(1, 100, 0.05))).toEqual([40.085, 7.897]);
    expect(both(queue(1, 100, 0.2))).toEqual([85.021, 76.974]);
    expect(both(queue(1, 100, 0.5))).toEqual([94.009, 90.79]);
    expect(both(queue(4, 100, 0.05))).toEqual([326.072, 242.492]);
    expect(both(queue(4, 100, 0.1))[1]).toBe(350.09);
    expect(both(queue(16, 20, 0.2))).toEqual([295.204, Number.NaN]);
    expect(trueCapacity({ ...queue(1, 1000, 0.05), arrivals: 'paced' }, 0.05)).toBeCloseTo(969.73, 2);
    const erlangs = [8, 20, 32].map((workers) => both(loss(workers).server.kind === 'loss' ? loss(workers) : loss(1)));
    expect(erlangs).toEqual([
      [4.543, 3.128],
      [15.249, 12.031],
      [26.746, 22.048],
    ]);
    expect(erlangLoss(8, 7.2)).toBeCloseTo(0.228145, 1);
  });

  it('of a fixed service time come from the renewal equation', () => {
    const at = (limit: number) => trueCapacity(queue(1, 100, limit, 'fixed'), 0.05)!;
    expect(Math.abs(at(0.2) / 92.452 - 1)).toBeLessThan(2e-4);
    expect(Math.abs(at(0.1) / 84.808 - 1)).toBeLessThan(2e-4);
  });
});

describe('arrivals', () => {
  it('are Poisson in every slot, the same for the same seed, and sorted', () => {
    const counts = Array.from({ length: 40_000 }, (_, index) => slotCount(7, index));
    const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
    const variance = counts.reduce((a, b) => a + (b - mean) ** 2, 0) / counts.length;
    const lag = counts.slice(1).reduce((a, b, index) => a + (b - mean) * (counts[index]! - mean), 0) / counts.length;
    // standard errors 0.005, 0.0087 and 0.005
    expect(Math.abs(mean - 1)).toBeLessThan(0.025);
    expect(Math.abs(variance - 1)).toBeLessThan(0.045);
    expect(Math.abs(lag)).toBeLessThan(0.025);
    expect(Array.from({ length: 40_000 }, (_, index) => slotCount(7, index))).toEqual(counts);
    expect(slotCount(8, 0) + slotCount(8, 1) + slotCount(8, 2)).not.toBeNaN();
    const offsets = slotOffsets(7, 3, 5);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    for (const offset of offsets) expect(offset >= 0 && offset < 1).toBe(true);
  });
});

describe('coverage', () => {
  const named = (part: string) => PLANTED_SYSTEMS.find(({ name }) => name.includes(part))!;

  it('allows what chance makes of one miss in twenty', () => {
    expect(missLimit(300)).toBe(28);
  });

  it('holds the promise on a few searches', () => {
    const row = study({ name: 'this', search: thisSearch('default') }, named('kink'), 3, CAPACITY_SEED);
    expect(row.misses).toBeLessThanOrEqual(row.limit);
  });

  it.each(CONTROLS.slice(0, 1).map((control) => [control.name, control] as const))(
    'sees it broken: %s',
    { timeout: 60_000 },
    (_, control) => {
      const row = study(control, named(control.breaksOn), 15, CAPACITY_SEED);
      expect(row.misses).toBeGreaterThan(row.limit);
    },
  );
});
