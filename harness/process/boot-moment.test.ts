import { expect, test } from 'vitest';
import { bootMoment } from './boot-moment.ts';

test('this boot has an id and a time that goes forward', async () => {
  const [a, b] = [await bootMoment(), await bootMoment()];
  expect(a.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(b.id).toBe(a.id);
  expect(b.upMs).toBeGreaterThanOrEqual(a.upMs);
});
