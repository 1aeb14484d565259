import { expect, it } from 'vitest';
import { headroomGate, monthsLeft } from './headroom.ts';

const BRACKET = { low: 233, high: 245 };

it('judges headroom by the end of the bracket that counts', () => {
  expect(headroomGate(BRACKET, 150, 1.5)).toBe('passed');
  expect(headroomGate(BRACKET, 150, 233 / 150)).toBe('passed');
  expect(headroomGate(BRACKET, 150, 1.6)).toBe('inconclusive');
  expect(headroomGate(BRACKET, 150, 1.7)).toBe('failed');
  expect(headroomGate({ low: 1000, high: undefined }, 150, 10)).toBe('inconclusive');
  expect(headroomGate({ low: undefined, high: 10 }, 150, 1)).toBe('failed');
});

it('counts the months until growth has used the headroom', () => {
  const { from, to } = monthsLeft(BRACKET, 150, 0.05);
  expect(from).toBeCloseTo(9.03, 2);
  expect(to).toBeCloseTo(10.06, 2);
  expect(monthsLeft({ low: 100, high: undefined }, 150, 0.05)).toMatchObject({ to: undefined });
});
