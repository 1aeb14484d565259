import { describe, expect, it } from 'vitest';
import { slotCount, slotOffsets } from '../../scenarios/shared/arrival-slots.ts';
import { TrialRecorder } from './trial-recorder.ts';

const sample = (iteration: number, k: number, latencyMs: number, lateMs = 0, errorCode = 0) => ({
  sequence: iteration * 16 + k,
  startMs: 1000,
  endMs: 1000 + latencyMs,
  status: errorCode === 0 ? 200 : 503,
  errorCode,
  vu: 1,
  identity: String(lateMs * 10),
});

const paced = (limitMs = 100, generators = 1) =>
  new TrialRecorder({ arrivals: 'paced', seed: 1, ratePerSecond: 100, generators, limitMs });

describe('bins', () => {
  it('count by scheduled start; slow and failed ones are bad', () => {
    const recorder = paced();
    for (let i = 0; i < 100; i += 1) recorder.take(sample(i, 0, i === 5 ? 150 : 20, 0, i === 25 ? 1503 : 0));
    const { bins, due, lost, latenessP99Ms } = recorder.bins(1, [100]);
    expect(bins.arrivals).toEqual(new Array(10).fill(10));
    expect(bins.bad).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect({ due, lost, latenessP99Ms }).toEqual({ due: 100, lost: 0, latenessP99Ms: 0 });
    // 20 ms at 100/s: two are open whenever one looks, and the slow one for longer
    expect(bins.open[4]).toBe(2);
    expect(bins.open[0]).toBe(3);
  });

  it('do not depend on the order in which answers come', () => {
    const [one, other] = [paced(), paced()];
    const samples = Array.from({ length: 50 }, (_, i) => sample(i, 0, 30 + i));
    for (const each of samples) one.take(each);
    for (const each of samples.toReversed()) other.take(each);
    expect(other.bins(1, [50])).toEqual(one.bins(1, [50]));
  });

  it('are the same at a look, while it runs', () => {
    const recorder = new TrialRecorder({
      arrivals: 'poisson',
      seed: 3,
      ratePerSecond: 100,
      generators: 1,
      limitMs: 100,
    });
    for (let i = 0; i < 200; i += 1)
      for (const k of slotOffsets(3, i, slotCount(3, i)).keys()) recorder.take(sample(i, k, 60 + i));
    expect(recorder.look(1)).toEqual(recorder.bins(1).bins);
    expect(recorder.look(2).bad.some((count) => count > 0)).toBe(true);
  });

  it('know how many Poisson requests were due, and which are missing', () => {
    const recorder = new TrialRecorder({
      arrivals: 'poisson',
      seed: 3,
      ratePerSecond: 100,
      generators: 1,
      limitMs: 100,
    });
    let sent = 0;
    for (let i = 0; i < 200; i += 1)
      for (const k of slotOffsets(3, i, slotCount(3, i)).keys()) {
        sent += 1;
        if (sent !== 7) recorder.take(sample(i, k, 10));
      }
    expect(recorder.bins(3, [200])).toMatchObject({ lost: 1, due: sent - 1 });
  });
});

describe('dropped iterations', () => {
  /** Slots 40 to 44 were dropped: k6 numbers on, so everything after is five slots late. */
  const dropped = (latencyMs: number) => {
    const recorder = paced();
    for (let i = 0; i < 95; i += 1) recorder.take(sample(i, 0, latencyMs + (i < 40 ? 0 : 50), i < 40 ? 0 : 50));
    return recorder.bins(1, [95], [5]);
  };

  it('put the schedule of the later ones right, and are the generator’s own where the subject held nobody', () => {
    const { bins, droppedHeld, droppedFree, latenessP99Ms } = dropped(20);
    expect(bins.arrivals).toEqual(new Array(10).fill(10));
    expect(bins.bad).toEqual([0, 0, 0, 0, 5, 0, 0, 0, 0, 0]);
    expect({ droppedHeld, droppedFree, latenessP99Ms }).toEqual({ droppedHeld: 0, droppedFree: 5, latenessP99Ms: 0 });
  });

  it('are bad answers where it held λT users', () => {
    // λT = 10 requests; answers of 150 ms keep 15 open
    expect(dropped(150)).toMatchObject({ droppedHeld: 5, droppedFree: 0 });
  });

  it('are not made of lateness alone', () => {
    const recorder = paced();
    for (let i = 0; i < 100; i += 1) recorder.take(sample(i, 0, 70, 50));
    const { bins, latenessP99Ms } = recorder.bins(1, [100], [0]);
    expect(bins.arrivals).toEqual(new Array(10).fill(10));
    expect(latenessP99Ms).toBe(50);
  });
});

describe('several generators', () => {
  const poisson = (generators: number) =>
    new TrialRecorder({ arrivals: 'poisson', seed: 3, ratePerSecond: 100, generators, limitMs: 100 });
  const slots = Array.from({ length: 200 }, (_, slot) => slot);
  const requestsOf = (slot: number) =>
    slotOffsets(3, slot, slotCount(3, slot)).map((_, k) => sample(slot, k, 60 + slot));

  it.each([2, 3, 8])('%i leave the bins of one', (generators) => {
    const [one, several] = [poisson(1), poisson(generators)];
    for (const slot of slots) for (const each of requestsOf(slot)) one.take(each);
    // each on its own: the evidence of one may come after that of another
    for (let index = 0; index < generators; index += 1)
      for (const slot of slots.filter((value) => value % generators === index))
        for (const each of requestsOf(slot)) several.take(each);
    const begun = Array.from(
      { length: generators },
      (_, index) => slots.filter((s) => s % generators === index).length,
    );
    expect(several.bins(3, begun)).toEqual(one.bins(3, [200]));
    expect(several.bins(3, begun).lost).toBe(0);
  });

  it('are waited for: what one of them has not sent yet is no evidence', () => {
    const recorder = paced(100, 2);
    for (let slot = 0; slot < 100; slot += 2) recorder.take(sample(slot, 0, 10));
    expect(recorder.reachedSeconds).toBe(0);
    for (let slot = 1; slot < 50; slot += 2) recorder.take(sample(slot, 0, 10));
    expect(recorder.reachedSeconds).toBeCloseTo(0.49, 9);
  });

  it('know whose request left no line', () => {
    const recorder = paced(100, 2);
    for (let slot = 0; slot < 100; slot += 1) if (slot !== 31) recorder.take(sample(slot, 0, 10));
    expect(recorder.bins(1, [50, 50]).lost).toBe(1);
    expect(recorder.bins(1).lost).toBe(0);
  });

  it('drop each for itself: the numbers of one go on, those of the other are right', () => {
    const recorder = paced(100, 2);
    // generator 1 drops slots 41, 43 and 45: its numbers from 41 on stand for slots from 47 on, 60 ms later
    for (let slot = 0; slot < 100; slot += 2) recorder.take(sample(slot, 0, 20));
    for (let slot = 1; slot < 94; slot += 2) recorder.take(sample(slot, 0, slot < 41 ? 20 : 80, slot < 41 ? 0 : 60));
    const { bins, droppedFree, latenessP99Ms, lost } = recorder.bins(1, [50, 47], [0, 3]);
    expect(bins.arrivals).toEqual(new Array(10).fill(10));
    expect(bins.bad).toEqual([0, 0, 0, 0, 3, 0, 0, 0, 0, 0]);
    expect({ droppedFree, latenessP99Ms, lost }).toEqual({ droppedFree: 3, latenessP99Ms: 0, lost: 0 });
  });
});
