import { describe, expect, it } from 'vitest';
import type { Trial, TrialFault } from './declaration.ts';
import { droppableIterations } from './droppable-iterations.ts';
import type { RollbackPolicy } from './rollback-policy.ts';

const trial = (fault: TrialFault, change: Partial<Trial> = {}): Trial => ({
  name: 't',
  side: 'outside',
  fault,
  traffic: 'steady',
  ratePerSecond: 60,
  condition: 'declared',
  expect: 'aborted',
  ...change,
});
const policy = (limit: object, change: object = {}): RollbackPolicy =>
  ({
    claim: { metric: 'm', limit, weight: 50 },
    metric: { query: 'sum(rate(x[30s]))' },
    windowMs: 30_000,
    reachMs: 30_000,
    scrapeIntervalMs: 2_000,
    ...change,
  }) as unknown as RollbackPolicy;
const errors = policy({ kind: 'error-share', share: 0.01 });
const slow = policy({ kind: 'slow-share', share: 0.05, limitMs: 500, slowMs: 900 });

describe('iterations that may be dropped', () => {
  it('are a tenth of a window beside a level, which is what its margin spares', () => {
    expect(droppableIterations(errors, trial({ kind: 'level' }))).toBe(68);
    expect(droppableIterations(slow, trial({ kind: 'level' }))).toBe(65);
  });

  it('are half of a window where every answer is alike', () => {
    expect(droppableIterations(slow, trial({ kind: 'latency', ms: 510 }))).toBe(329);
    expect(droppableIterations(errors, trial({ kind: 'none' }, { ratePerSecond: 2 }))).toBe(4);
  });

  it('are none where nothing was offered, or all depends on a handful', () => {
    expect(droppableIterations(errors, trial({ kind: 'none' }, { traffic: 'none' }))).toBe(0);
    expect(droppableIterations(errors, trial({ kind: 'burst', forMs: 500 }))).toBe(0);
  });

  it('are what a hold has to spare on its side of the two minutes', () => {
    const query = 'min_over_time((sum(rate(x[10s])) > bool 0.05)[2m5s:5s])';
    const held = { claim: { metric: 'm', limit: { kind: 'error-share', share: 0.05 }, weight: 80 } };
    const given = policy({}, { ...held, metric: { query }, windowMs: 10_000, reachMs: 125_000 });
    const hold = (forMs: number, expected: Trial['expect']) =>
      trial({ kind: 'hold', share: 0.2, forMs }, { expect: expected, ratePerSecond: 40 });
    // 163 requests in a window; above the limit for 115 s: 5 s less than 120 s, of which scrapes take 4 s
    expect(droppableIterations(given, hold(110_000, 'promoted'))).toBe(16);
    // for 135 s: 10 s more than 125 s
    expect(droppableIterations(given, hold(130_000, 'aborted'))).toBe(97);
    // too near to the limit to spare anything
    expect(droppableIterations(given, hold(114_000, 'promoted'))).toBe(0);
    expect(droppableIterations(given, hold(121_000, 'aborted'))).toBe(0);
  });
});
