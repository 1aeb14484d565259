/** Quotes over many releases; quote.test.ts holds one. */
import { expect, test } from 'vitest';
import { okShare, policy, referencePolicy, scenario } from './policy-fixture.ts';
import { quotePolicy } from './quote.ts';

test('twice the errors of a good one, or what was asked', () => {
  const ask = { policy: referencePolicy('1m', 2), seed: 2 };
  const stable = { errorShare: 0.004, latency: { medianMs: 80, sigma: 0.5 } };
  const meeting = scenario({ stable, canaryErrors: 0.004 });
  const twice = quotePolicy({ ...ask, scenario: meeting, bad: undefined });
  expect(twice.bad).toBe('twice the errors');
  const dead = { name: 'nothing else', fault: { errorShare: 1 }, latency: stable.latency };
  const asked = quotePolicy({ ...ask, scenario: meeting, bad: dead });
  expect([asked.bad, asked.miss.count]).toEqual(['nothing else', 0]);
  expect(twice.miss.p).toBeGreaterThan(0.1);
  expect(asked.falseStop).toEqual(twice.falseStop);
});

test('long releases are simulated less often, and not at all where that says nothing', () => {
  const longer = (seconds: number) =>
    policy(
      { query: okShare('1m'), interval: '30s', successCondition: 'result[0] >= 0.99' },
      { steps: [`10/${seconds}`] },
    );
  const ask = { scenario: scenario({ ratePerSecond: 100 }), bad: undefined, seed: 1 };
  const { releases } = quotePolicy({ ...ask, policy: longer(4000) });
  expect(releases).toBeGreaterThan(50);
  expect(releases).toBeLessThan(1000);
  expect(() => quotePolicy({ ...ask, policy: longer(200_000) })).toThrow(
    expect.objectContaining({ code: 'SIMULATION_TOO_LONG' }),
  );
});
