import { describe, expect, test } from 'vitest';
import { bucketOf, clientFeatures, type Flag, isFlagOn } from './evaluate-flag.ts';
import { murmurHash32 } from './murmur-hash.ts';

const never = (): number => {
  throw new Error('nobody is given a bucket by chance here');
};

function flag(change: object = {}): Flag {
  const strategies = [
    { name: 'flexibleRollout', parameters: { rollout: '30', stickiness: 'userId', groupId: 'new-checkout' } },
  ];
  const [parsed] = clientFeatures.parse({
    features: [{ name: 'new-checkout', enabled: true, strategies, ...change }],
  }).features;
  if (!parsed) throw new TypeError('no flag');
  return parsed;
}
const rollout = (parameters: object, more: object = {}) =>
  flag({ strategies: [{ name: 'flexibleRollout', parameters, ...more }] });

test('MurmurHash3, by its published values', () => {
  expect(murmurHash32('')).toBe(0);
  expect(murmurHash32('', 1)).toBe(0x514e28b7);
  expect(murmurHash32('test')).toBe(0xba6bd213);
  expect(murmurHash32('Hello, world!')).toBe(0xc0363e43);
  expect(murmurHash32('The quick brown fox jumps over the lazy dog')).toBe(0x2e4ff723);
});

test('buckets are from 1 to 100, and those of a percentage are as many users', () => {
  const users = Array.from({ length: 20_000 }, (_, user) => bucketOf('new-checkout', `user-${user}`));
  expect(Math.min(...users)).toBe(1);
  expect(Math.max(...users)).toBe(100);
  expect(users.filter((bucket) => bucket <= 30).length / users.length).toBeCloseTo(0.3, 1);
});

test('the bucket decides, its own percentage included', () => {
  const bucket = bucketOf('new-checkout', 'ada');
  const at = (percentage: number) =>
    rollout({ rollout: String(percentage), stickiness: 'userId', groupId: 'new-checkout' });
  expect(isFlagOn(at(bucket), 'ada', never)).toBe(true);
  expect(isFlagOn(at(bucket - 1), 'ada', never)).toBe(false);
  // without a group it is none, and not the flag's name
  const alone = bucketOf('', 'ada');
  expect(isFlagOn(rollout({ rollout: String(alone), stickiness: 'userId' }), 'ada', never)).toBe(true);
  expect(isFlagOn(rollout({ rollout: String(alone - 1), stickiness: 'userId' }), 'ada', never)).toBe(false);
});

describe('is off', () => {
  test.each<[string, Flag]>([
    ['when it is switched off', flag({ enabled: false })],
    ['for nobody in particular, where it sticks to users', flag()],
    ['at 0', rollout({ rollout: '0', stickiness: 'userId' })],
    ['where it sticks to what is not known here', rollout({ rollout: '100', stickiness: 'tenant' })],
    ['with a constraint', rollout({ rollout: '100' }, { constraints: [{ contextName: 'region' }] })],
    ['in a segment', rollout({ rollout: '100' }, { segments: [1] })],
    ['by a strategy that is not known', flag({ strategies: [{ name: 'byWeather' }] })],
    ['when it depends on another flag', flag({ strategies: [], dependencies: [{ feature: 'other' }] })],
  ])('%s', (_, one) => {
    expect(isFlagOn(one, undefined, () => 1)).toBe(false);
  });
});

test('without strategies, and by default, it is on for everybody', () => {
  expect(isFlagOn(flag({ strategies: [] }), undefined, never)).toBe(true);
  expect(isFlagOn(flag({ strategies: [{ name: 'default' }] }), undefined, never)).toBe(true);
});

test('one strategy that takes the user is enough', () => {
  const listed = { name: 'userWithId', parameters: { userIds: 'ada, grace' } };
  const both = flag({ strategies: [{ name: 'flexibleRollout', parameters: { rollout: '0' } }, listed] });
  expect(isFlagOn(both, 'grace', () => 1)).toBe(true);
  expect(isFlagOn(both, 'alan', () => 1)).toBe(false);
});

test('by chance, a user is drawn anew each time; with a user, the default sticks to him', () => {
  const draws = Array.from({ length: 400 }, (_, draw) => draw);
  const isTakenBy = (parameters: object) => (draw: number) => isFlagOn(rollout(parameters), 'ada', () => draw);
  expect(new Set(draws.map(isTakenBy({ rollout: '50', stickiness: 'random' }))).size).toBe(2);
  expect(new Set(draws.map(isTakenBy({ rollout: '50', stickiness: 'default' }))).size).toBe(1);
});
