import { expect, test } from 'vitest';
import { isExpired } from './expiry.ts';
import { LIFETIME_MS } from './ownership.ts';

const madeAt = { id: 'boot-a', upMs: 1_000 };
const expiresAt = 1_800_000_000_000;

test.each([
  ['not yet', expiresAt - 1, { id: 'boot-a', upMs: 1_000 + LIFETIME_MS }, false],
  ['its time is up by both clocks', expiresAt, { id: 'boot-a', upMs: 1_000 + LIFETIME_MS }, true],
  ['the wall clock jumped ahead by a year', expiresAt + 365 * 86_400_000, { id: 'boot-a', upMs: 2_000 }, false],
  ['another boot, of which little is over', expiresAt, { id: 'boot-b', upMs: 60_000 }, false],
  ['another boot, long ago', expiresAt, { id: 'boot-b', upMs: LIFETIME_MS }, true],
] as const)('%s', (_case, nowMs, boot, expected) => {
  expect(isExpired({ expiresAt, madeAt }, nowMs, boot)).toBe(expected);
});

test('a state without a moment of its boot goes by the time that the machine is up', () => {
  expect(isExpired({ expiresAt }, expiresAt, { id: 'boot-a', upMs: 60_000 })).toBe(false);
  expect(isExpired({ expiresAt }, expiresAt, { id: 'boot-a', upMs: LIFETIME_MS })).toBe(true);
});
