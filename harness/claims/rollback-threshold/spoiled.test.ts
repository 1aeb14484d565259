import { describe, expect, it } from 'vitest';
import { createRolloutStream } from '../../traffic/recorded-stream.ts';
import { spoiledBy } from './spoiled.ts';

const NOW_MS = 1_000_000;
const during = (fromMs: number, toMs: number) => ({ unhealthy: () => [{ fromMs, toMs, why: 'no answer for 5.0 s' }] });
const goingOn = during(NOW_MS - 10_000, NOW_MS);

/** Requests by the moment at which they started before now; those of the second list were lost. */
function stream(answeredBeforeMs: readonly number[], lostBeforeMs: readonly number[]) {
  const made = createRolloutStream();
  const sample = (beforeMs: number, tookMs: number, status: number, sequence: number) => {
    const startMs = NOW_MS - beforeMs;
    return { sequence, startMs, endMs: startMs + tookMs, status, errorCode: 0, vu: 1, identity: '' };
  };
  for (const [index, ms] of answeredBeforeMs.entries()) made.add(sample(ms, 5, 200, index), 'v1');
  for (const [index, ms] of lostBeforeMs.entries()) made.add(sample(ms, 5_000, 0, 1_000 + index), null);
  return made;
}

describe('spoiledBy', () => {
  it('gives a load up when nobody has been answered for longer than any request waits, and every loss is in there', () => {
    expect(spoiledBy(stream([20_000, 12_000], [9_000, 8_000]), goingOn, NOW_MS)).toMatchObject({ toMs: NOW_MS });
  });

  it('goes on where a loss is the subject’s, so that the verdict says so', () => {
    expect(spoiledBy(stream([], [40_000, 9_000]), goingOn, NOW_MS)).toBeUndefined();
  });

  it.each([
    ['nothing was lost', stream([9_000], []), goingOn],
    ['somebody is answered, late', stream([3_000], [9_000]), goingOn],
    ['it is over', stream([], [9_000]), during(NOW_MS - 20_000, NOW_MS - 5_000)],
    ['it may be a short one', stream([], [4_000]), during(NOW_MS - 6_000, NOW_MS)],
    ['there was none', stream([], [9_000]), { unhealthy: () => [] }],
    ['nobody watches', stream([], [9_000]), undefined],
  ])('goes on where %s', (_, load, environment) => {
    expect(spoiledBy(load, environment, NOW_MS)).toBeUndefined();
  });
});
