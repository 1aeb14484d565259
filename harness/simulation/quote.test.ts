import { expect, test } from 'vitest';
import { quoteSentences } from '../../reports/model/simulation-words.ts';
import { okShare, policy, referencePolicy, scenario } from './policy-fixture.ts';
import { quotePolicy } from './quote.ts';

// the controller of the design's table takes no time
const few = { ratePerSecond: 1, podReadyMs: 0, weightDelayMs: 0 };

test('a perfect canary at little traffic is stopped, and the intervals are those of the releases', () => {
  const quote = quotePolicy({ policy: referencePolicy('30s', 0), scenario: scenario(few), bad: undefined, seed: 1 });
  expect(quote).toMatchObject({ rollout: 'shop', goodErrorShare: 0, bad: '5 % errors', releases: 1000, seed: 1 });
  // the design's table: .713 at 1/s
  expect(quote.falseStop.low).toBeLessThan(0.713);
  expect(quote.falseStop.high).toBeGreaterThan(0.713);
  expect(quotePolicy({ policy: referencePolicy('30s', 0), scenario: scenario(few), bad: undefined, seed: 1 })).toEqual(
    quote,
  );
  const [sentence] = quoteSentences([quote]);
  expect(sentence).toMatch(
    /^shop at 1 request\/s: a perfect canary is stopped in [67]\d(\.\d)? % \([\d.–]+\) of releases, a canary with 5 % errors is promoted in [\d.]+ % \([\d.–]+\); 1,000 simulated releases of each, seed 1$/,
  );
});

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
