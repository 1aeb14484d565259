import { expect, test } from 'vitest';
import { segmentShares } from '../stats/segmentation.ts';
import { createLabelStream } from './label-stream.ts';

test('labels and times come back in order, over every growth', () => {
  const stream = createLabelStream();
  for (let i = 0; i < 10_000; i += 1) stream.add(1_700_000_000_000 + 2 * i, i % 10 === 3);
  const view = stream.view();
  expect(view.length).toBe(10_000);
  expect([...view.hits.subarray(0, 5)]).toEqual([0, 0, 0, 1, 0]);
  expect(view.hits.reduce((sum, hit) => sum + hit, 0)).toBe(1000);
  expect(view.startMs(9_999)).toBe(1_700_000_019_998);
});

test('how many requests started before a moment', () => {
  const stream = createLabelStream();
  for (const ms of [100, 110, 109, 130]) stream.add(ms, true);
  const view = stream.view();
  expect([0, 100, 101, 110, 111, 130, 999].map((ms) => view.countBefore(ms))).toEqual([0, 0, 1, 1, 3, 3, 4]);
});

test('a view does not see what comes later; an empty one has nothing', () => {
  const stream = createLabelStream();
  const empty = stream.view();
  stream.add(5, true);
  expect(empty.length).toBe(0);
  expect(empty.countBefore(10)).toBe(0);
});

test('stretches are those of the requests asked for, and are sought once', () => {
  const stream = createLabelStream();
  for (let i = 0; i < 2_000; i += 1) stream.add(i, i < 1_000 ? i % 10 === 0 : i % 2 === 0);
  const view = stream.view();
  expect(view.stretches()).toEqual(segmentShares(view.hits));
  expect(view.stretches().map(({ share }) => Math.round(share * 10))).toEqual([1, 5]);
  expect(view.stretches(100, 900)).toEqual(segmentShares(view.hits.subarray(100, 900)));
  expect(view.stretches(0, view.length)).toBe(view.stretches());
});
