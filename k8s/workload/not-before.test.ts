import { expect, it } from 'vitest';
import { notBefore } from './not-before.ts';

it('never calls back early, whatever the fraction of a millisecond', async () => {
  const early = await Promise.all(
    Array.from({ length: 200 }, (_, k) => {
      const dueMs = performance.now() + 5 + k * 0.137;
      return new Promise<number>((resolve) => notBefore(dueMs, () => resolve(performance.now() - dueMs)));
    }),
  );
  expect(Math.min(...early)).toBeGreaterThanOrEqual(0);
});

it('calls back at once when the time has passed', () => {
  let called = false;
  notBefore(performance.now() - 1, () => {
    called = true;
  });
  expect(called).toBe(true);
});
