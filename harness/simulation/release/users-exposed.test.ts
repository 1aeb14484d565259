import { describe, expect, it } from 'vitest';
import { thorough } from '../../testkit/runner/thorough.ts';
import { referencePolicy, scenario } from '../policy-fixture.ts';
import { createSimulator, wholeReleaseMs } from '../simulate-release.ts';
import { exposedUsers, WeightTimes } from './users-exposed.ts';

const USERS = { count: 10_000, requests: 5, withinMs: 480_000 };

function exposed(shares: readonly (readonly [share: number, ms: number])[], lastedMs = 480_000, users = USERS) {
  const times = new WeightTimes();
  for (const [share, ms] of shares) times.add(share, ms);
  return exposedUsers(users, times, lastedMs);
}

describe('distinct users', () => {
  it('at one weight: N(1-(1-w)^k) by request, N·w sticky', () => {
    const { byRequest, sticky } = exposed([[0.1, 480_000]]);
    expect(byRequest).toBeCloseTo(4095.1, 6);
    expect(sticky).toBeCloseTo(1000, 6);
  });

  it('whose requests come later than the abort meet nothing', () => {
    const { byRequest, sticky } = exposed([[0.1, 48_000]], 48_000);
    expect(byRequest).toBeCloseTo(10_000 * (1 - 0.99 ** 5), 6);
    expect(sticky).toBeCloseTo(1000 * (1 - 0.9 ** 5), 6);
  });

  it('all of them when the canary had everything for the whole time; none without weight', () => {
    expect(exposed([[1, 480_000]])).toEqual({ byRequest: 10_000, sticky: 10_000 });
    expect(exposed([[0, 480_000]])).toEqual({ byRequest: 0, sticky: 0 });
  });

  it('go on at their pace in a release that lasts longer', () => {
    const longer = exposed([[0.1, 960_000]], 960_000);
    expect(longer.byRequest).toBeCloseTo(10_000 * (1 - 0.9 ** 10), 6);
    expect(longer.sticky).toBeCloseTo(1000, 6);
  });

  thorough('as many by chance: users drawn one by one, whose weight rises', () => {
    const steps = [
      [0.1, 120_000],
      [0.25, 120_000],
      [0.5, 240_000],
    ] as const;
    // a linear congruential generator: any even numbers do
    let state = 1;
    const uniform = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const shareAt = (ms: number) => (ms < 120_000 ? 0.1 : ms < 240_000 ? 0.25 : 0.5);
    const drawn = 200_000;
    let byRequest = 0;
    let sticky = 0;
    for (let user = 0; user < drawn; user += 1) {
      const place = uniform();
      const shares = Array.from({ length: 5 }, () => shareAt(uniform() * 480_000));
      if (shares.some((share) => uniform() < share)) byRequest += 1;
      if (shares.some((share) => place < share)) sticky += 1;
    }
    const expected = exposed(steps);
    // four standard errors of a share of 200,000
    const margin = 4 * Math.sqrt(0.25 / drawn) * 10_000;
    expect(Math.abs((byRequest / drawn) * 10_000 - expected.byRequest)).toBeLessThan(margin);
    expect(Math.abs((sticky / drawn) * 10_000 - expected.sticky)).toBeLessThan(margin);
    expect(expected.byRequest - expected.sticky).toBeGreaterThan(2 * margin);
  });
});

describe('in simulated releases', () => {
  const users = { count: 10_000, requests: 5 };
  const of = referencePolicy('1m', 2);

  it('a bad canary that is stopped meets fewer of them, sticky fewer still; nothing else changes', () => {
    const release = (canaryErrors: number, asked = true) =>
      createSimulator(of, scenario({ canaryErrors, users: asked ? users : undefined }), 1).simulate(0);
    const promoted = release(0);
    const stopped = release(0.5);
    expect([promoted.outcome, stopped.outcome]).toEqual(['promoted', 'aborted']);
    expect(stopped.users!.byRequest).toBeLessThan(promoted.users!.byRequest / 4);
    expect(stopped.users!.sticky).toBeLessThan(stopped.users!.byRequest);
    expect(stopped.users!.sticky).toBeLessThanOrEqual(1000);
    const { users: _, ...rest } = stopped;
    const { users: none, ...without } = release(0.5, false);
    expect([none, without]).toEqual([undefined, rest]);
  });

  it('make their requests in the time of a release that is promoted, however many are stopped', () => {
    expect(wholeReleaseMs(of, scenario({ canaryErrors: 1 }))).toBe(wholeReleaseMs(of, scenario()));
    const { durationMs } = createSimulator(of, scenario(), 1).simulate(0);
    expect(wholeReleaseMs(of, scenario())).toBe(durationMs);
  });
});
