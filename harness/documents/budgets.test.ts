import { describe, expect, it } from 'vitest';
import { BUDGET_NAMES, BUDGETS, durationToMs, resolveBudgets } from './budgets.ts';

describe('durationToMs', () => {
  it.each([
    ['250ms', 250],
    ['45s', 45_000],
    ['1.5m', 90_000],
    ['1m30s', 90_000],
    ['24h', 86_400_000],
  ])('reads %s', (text, ms) => {
    expect(durationToMs(text)).toBe(ms);
  });

  it.each(['', '45', '45 s', '-1s', '0s', '24h1ms', '1d', 's'])('refuses %j', (text) => {
    expect(durationToMs(text)).toBeUndefined();
  });
});

describe('resolveBudgets', () => {
  it('has a default that can be read for every limit', () => {
    const budgets = resolveBudgets({});
    for (const name of BUDGET_NAMES) expect(budgets[`${name}Ms`], name).toBe(durationToMs(BUDGETS[name].default));
    expect(Object.values(budgets).every((ms) => ms > 0)).toBe(true);
  });

  it('prefers what is written', () => {
    expect(resolveBudgets({ podsReady: '7s' })).toMatchObject({ podsReadyMs: 7_000, driftHealedMs: 60_000 });
  });
});
