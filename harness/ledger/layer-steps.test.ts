import { describe, expect, test } from 'vitest';
import { describeHeld, disagreements, type LayerStep, sameHeld, shareOf, stepAt } from './layer-steps.ts';

const held = (v3: number) => ({ v1: 100 - v3, v3 });
const step = (atMs: number, v3: number, sinceMs?: number): LayerStep => ({ atMs, held: held(v3), sinceMs });

test('the same split may be written in several ways', () => {
  expect(sameHeld(held(10), { v1: 9, v3: 1 })).toBe(true);
  expect(sameHeld({ v1: 100 }, held(0))).toBe(true);
  expect(sameHeld(held(10), held(11))).toBe(false);
  expect(sameHeld(held(10), { v1: 90, v2: 10 })).toBe(false);
  expect(sameHeld(undefined, undefined)).toBe(true);
  expect(sameHeld(undefined, held(10))).toBe(false);
});

test('a share is of the whole', () => {
  expect(shareOf({ v1: 1, v3: 3 }, 'v3')).toBe(0.75);
  expect(shareOf({ v1: 100 }, 'v3')).toBe(0);
  expect(shareOf(undefined, 'v3')).toBeUndefined();
});

test('the step that holds at a moment', () => {
  const steps = [step(10, 10), step(20, 25)];
  expect(stepAt(steps, 9)).toBeUndefined();
  expect(stepAt(steps, 19)).toBe(steps[0]);
  expect(stepAt(steps, 20)).toBe(steps[1]);
});

test('in words', () => {
  expect(describeHeld(held(10))).toBe('v1 90, v3 10');
  expect(describeHeld(undefined)).toBe('no split');
});

describe('disagreements', () => {
  const times = (found: readonly { fromMs: number; toMs: number; open: boolean }[]) =>
    found.map(({ fromMs, toMs, open }) => [fromMs, toMs, open]);

  test('a lower layer that follows', () => {
    const upper = [step(0, 10), step(100, 25)];
    const lower = [step(5, 10), step(130, 25)];
    expect(times(disagreements(upper, lower, 50, 200))).toEqual([[100, 130, false]]);
  });

  test('one that does not', () => {
    const upper = [step(0, 10), step(100, 25)];
    expect(times(disagreements(upper, [step(5, 10)], 50, 200))).toEqual([[100, 200, true]]);
  });

  test('one that moves by itself and is set right', () => {
    const found = disagreements([step(0, 10)], [step(5, 10), step(60, 50), step(70, 40), step(90, 10)], 50, 200);
    expect(times(found)).toEqual([[60, 90, false]]);
    expect(found[0]?.lower?.held).toEqual(held(50));
  });

  test('what may have happened early is not held against it', () => {
    const upper = [step(0, 10), step(100, 25)];
    expect(times(disagreements(upper, [step(5, 10), step(180, 25, 110)], 50, 200))).toEqual([[100, 110, false]]);
    const listed = step(180, 25, Number.NEGATIVE_INFINITY);
    expect(disagreements([step(0, 25)], [listed], 50, 200)).toEqual([]);
  });

  test('nothing known below is a disagreement, nothing declared above is none', () => {
    expect(times(disagreements([step(0, 10)], [], 50, 200))).toEqual([[50, 200, true]]);
    expect(disagreements([], [step(0, 10)], 50, 200)).toEqual([]);
  });

  test('every new order of the upper layer has a stretch of its own', () => {
    const upper = [step(0, 10), step(100, 25), step(150, 50)];
    expect(times(disagreements(upper, [step(5, 10), step(170, 50)], 50, 200))).toEqual([
      [100, 150, false],
      [150, 170, false],
    ]);
  });
});
