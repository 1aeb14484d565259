import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestSample } from '../ports/request-sample.ts';
import { createStartOrderer } from './start-order.ts';

const sample = (sequence: number, times: Partial<RequestSample> = {}): RequestSample => ({
  sequence,
  startMs: 1000 + sequence,
  endMs: 1010 + sequence,
  status: 200,
  errorCode: 0,
  vu: 1,
  identity: 'v1',
  ...times,
});
const numbers = (samples: readonly RequestSample[]) => samples.map((s) => s.sequence);

describe('start order', () => {
  it('holds a request until all that started before it are there', () => {
    const order = createStartOrderer({ lostAfterMs: 60_000 });
    expect(order.push(sample(1))).toEqual([]);
    expect(order.push(sample(2))).toEqual([]);
    expect(order.pending).toBe(2);
    expect(numbers(order.push(sample(0)))).toEqual([0, 1, 2]);
    expect(order.pending).toBe(0);
    expect(numbers(order.push(sample(3)))).toEqual([3]);
  });

  it('releases every request once and in order, whatever order they finish in', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(40).keys()], { minLength: 0 }), (finished) => {
        const order = createStartOrderer({ lostAfterMs: 60_000 });
        const released = finished.flatMap((sequence) => numbers(order.push(sample(sequence))));
        const prefix = released.length;
        expect(released).toEqual([...Array(prefix).keys()]);
        const all = [...released, ...numbers(order.flush())];
        expect(all).toEqual([...finished].sort((a, b) => a - b));
        expect(order.gaps).toBe(finished.length === 0 ? 0 : Math.max(...finished) + 1 - finished.length);
        expect(order.duplicates).toBe(0);
        expect(order.pending).toBe(0);
      }),
      { seed: 30, numRuns: 200 },
    );
  });

  it('drops and counts duplicates, released or waiting, also after a flush', () => {
    const order = createStartOrderer({ lostAfterMs: 60_000 });
    order.push(sample(0));
    order.push(sample(2));
    expect(order.push(sample(0))).toEqual([]);
    expect(order.push(sample(2))).toEqual([]);
    expect(numbers(order.flush())).toEqual([2]);
    expect(order.push(sample(2))).toEqual([]);
    expect(order.push(sample(1))).toEqual([]);
    expect(order.duplicates).toBe(4);
    expect(order.gaps).toBe(1);
  });

  it('counts samples that cannot be, and clocks that step back', () => {
    const order = createStartOrderer({ lostAfterMs: 60_000 });
    expect(order.push(sample(Number.NaN))).toEqual([]);
    expect(order.push(sample(-1))).toEqual([]);
    expect(numbers(order.push(sample(0, { endMs: 5 })))).toEqual([0]);
    expect(order.malformed).toBe(3);
    order.push(sample(1, { startMs: 50_000, endMs: 50_001 }));
    order.push(sample(2, { startMs: 49_500, endMs: 50_001 }));
    expect(order.clockSteps).toBe(0);
    order.push(sample(3, { startMs: 40_000, endMs: 40_001 }));
    expect(order.clockSteps).toBe(1);
  });

  it('a VU that waited for a processor is no clock that steps back, nor is a line that came late', () => {
    const order = createStartOrderer({ lostAfterMs: 60_000 });
    order.push(sample(0, { startMs: 1_000, endMs: 1_010 }));
    // number 1 was begun in turn, but stamped its start 4 s later
    order.push(sample(2, { startMs: 1_020, endMs: 1_030 }));
    order.push(sample(1, { startMs: 5_000, endMs: 5_010 }));
    order.push(sample(4, { startMs: 5_030, endMs: 5_040 }));
    order.push(sample(3, { startMs: 3_000, endMs: 3_010 }));
    order.push(sample(5, { startMs: 1_500, endMs: 5_050 }));
    expect(order.pending).toBe(0);
    expect(order.clockSteps).toBe(1);
  });

  it('goes on without a request that is too old to be in flight, so that memory stays bounded', () => {
    const order = createStartOrderer({ lostAfterMs: 100 });
    order.push(sample(0));
    // Number 1 never comes; every other one takes 10 ms.
    let most = 0;
    const released: number[] = [];
    for (let sequence = 2; sequence < 10_000; sequence += 1) {
      released.push(...numbers(order.push(sample(sequence))));
      most = Math.max(most, order.pending);
    }
    expect(released[0]).toBe(2);
    expect(most).toBeLessThan(100);
    expect(order).toMatchObject({ lost: 1, gaps: 1, duplicates: 0 });
    // Should it come after all, it is no longer welcome.
    expect(order.push(sample(1))).toEqual([]);
    expect(order.duplicates).toBe(1);
  });

  it('finds every second request lost', () => {
    const order = createStartOrderer({ lostAfterMs: 100 });
    const released: number[] = [];
    for (let sequence = 1; sequence < 2000; sequence += 2) released.push(...numbers(order.push(sample(sequence))));
    released.push(...numbers(order.flush()));
    expect(released).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i + 1));
    expect(order.gaps).toBe(1000);
    expect(order.lost).toBeGreaterThan(900);
  });

  it('waits for a slow request as long as it may take', () => {
    const order = createStartOrderer({ lostAfterMs: 100 });
    for (let sequence = 1; sequence <= 80; sequence += 1) expect(order.push(sample(sequence))).toEqual([]);
    expect(numbers(order.push(sample(0, { endMs: 1095 })))).toHaveLength(81);
    expect(order.lost).toBe(0);
  });
});
