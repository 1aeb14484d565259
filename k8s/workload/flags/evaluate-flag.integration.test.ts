/** Held against the official client, which the locked tree of the component `unleash` brings. */
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { defaultCacheDirectory } from '../../../clusters/toolchain/cache-layout.ts';
import { createToolchain } from '../../../clusters/toolchain/toolchain.ts';
import { createSilentProgress } from '../../../harness/testkit/fakes/silent-progress.ts';
import { clientFeatures, type Flag, isFlagOn } from './evaluate-flag.ts';

interface OfficialClient {
  isEnabled(flag: string, context: { readonly userId?: string }): boolean;
  destroy(): void;
  once(event: 'synchronized' | 'error', listener: (error?: Error) => void): void;
}
interface OfficialPackage {
  initialize(config: object): OfficialClient;
}

let official: OfficialPackage;
beforeAll(async () => {
  const toolchain = createToolchain({
    cacheDirectory: defaultCacheDirectory(process.env, homedir()),
    progress: createSilentProgress(),
    signal: AbortSignal.timeout(600_000),
  });
  const { directory } = (await toolchain.ensure([{ name: 'unleash' }])).component('unleash');
  official = createRequire(path.join(directory, 'tree', 'package.json'))('unleash-client');
}, 600_000);

const strategy = (name: string, parameters: object = {}, more: object = {}) => ({ name, parameters, ...more });
const FLAGS = [
  ['one of a hundred', [strategy('flexibleRollout', { rollout: '1', stickiness: 'userId', groupId: 'a' })]],
  ['three of ten', [strategy('flexibleRollout', { rollout: '30', stickiness: 'userId', groupId: 'new-checkout' })]],
  ['no group', [strategy('flexibleRollout', { rollout: '50', stickiness: 'userId' })]],
  ['default stickiness', [strategy('flexibleRollout', { rollout: '64', stickiness: 'default', groupId: 'ä€' })]],
  ['no stickiness', [strategy('flexibleRollout', { rollout: 99, groupId: 'b' })]],
  ['all', [strategy('flexibleRollout', { rollout: '100', stickiness: 'userId', groupId: 'c' })]],
  ['nobody', [strategy('flexibleRollout', { rollout: '0', stickiness: 'userId', groupId: 'd' })]],
  ['other field', [strategy('flexibleRollout', { rollout: '100', stickiness: 'tenant', groupId: 'e' })]],
  [
    'two',
    [
      strategy('flexibleRollout', { rollout: '10', groupId: 'f' }),
      strategy('flexibleRollout', { rollout: '20', groupId: 'g' }),
    ],
  ],
  ['listed', [strategy('userWithId', { userIds: 'user-3,user-7, user-11' })]],
  ['nobody listed', [strategy('userWithId', { userIds: '' })]],
  ['default strategy', [strategy('default')]],
  ['unknown strategy', [strategy('byWeather')]],
  ['none', []],
  ['off', [strategy('default')], false],
] as const;

test('5,000 users of every kind of flag get what the official client gives them', async () => {
  const features = FLAGS.map(([name, strategies, enabled = true]) => ({ name, enabled, strategies, type: 'release' }));
  const client = official.initialize({
    url: 'http://127.0.0.1:9/api',
    appName: 'contract',
    customHeaders: { Authorization: 'none' },
    ...{ refreshInterval: 0, disableMetrics: true, skipInstanceCountWarning: true, disableAutoStart: false },
    bootstrap: { data: features },
    storageProvider: { set: async () => undefined, get: async () => undefined },
  });
  await new Promise<void>((resolve) => {
    client.once('synchronized', () => resolve());
    // nobody answers, and the flags are those that it is given
    client.once('error', () => resolve());
  });
  const users = [
    ...Array.from({ length: 5_000 }, (_, user) => `user-${user}`),
    ...['ä', '€uro', '日本語', '👩‍🚀', 'a:b', ' ', 'x'.repeat(300)],
  ];
  const own = new Map(clientFeatures.parse({ features }).features.map((flag): [string, Flag] => [flag.name, flag]));
  const different: string[] = [];
  let on = 0;
  for (const [name] of FLAGS)
    for (const userId of users) {
      const theirs = client.isEnabled(name, { userId });
      if (theirs) on += 1;
      if (theirs !== isFlagOn(own.get(name)!, userId)) different.push(`${name}, ${userId}: ${theirs}`);
    }
  client.destroy();
  expect(different).toEqual([]);
  // the client had the flags
  expect(on).toBeGreaterThan(20_000);
});

test('who is nobody in particular is nobody to a flag that sticks to users', () => {
  const [flag] = clientFeatures.parse({
    features: [
      { name: 'x', enabled: true, strategies: [strategy('flexibleRollout', { rollout: '100', stickiness: 'userId' })] },
    ],
  }).features;
  expect(isFlagOn(flag!, undefined)).toBe(false);
});
