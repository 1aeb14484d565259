import { expect, test } from 'vitest';
import type { ProxySeen } from '../../rollouts/layers/rollout-evidence.ts';
import type { DeclaredRollout } from '../../rollouts/rollout-object.ts';
import { gatewaysAtZero, unreadInWords } from './gateway-weights.ts';

const ROLLOUT = { subsets: { destinationRule: 'app', stable: 'stable', canary: 'canary' } } as DeclaredRollout;
const seen = (atMs: number, canary: number | undefined, lost?: string) =>
  ({
    ...{ proxy: 'gateway', path: 'ingress', host: 'app', atMs, version: '' },
    weights: canary === undefined ? undefined : { stable: 100 - canary, canary },
    ...(lost === undefined ? {} : { lost }),
  }) as unknown as ProxySeen;

test.each([
  ['takes it', [seen(0, 50), seen(10_200, 0)], { isLost: false, acknowledgedAtMs: 10_200 }, undefined],
  ['never takes it', [seen(0, 50)], { isLost: false }, undefined],
  ['held it long before', [seen(0, 0), seen(9_000, 50)], { isLost: false }, undefined],
  [
    'is lost before it',
    [seen(0, 50), seen(9_000, undefined, 'killed')],
    { isLost: true },
    /^gateway could not be read/,
  ],
  [
    'is lost after it',
    [seen(0, 50), seen(10_200, 0), seen(11_000, undefined, 'killed')],
    { isLost: false, acknowledgedAtMs: 10_200 },
    undefined,
  ],
])('a gateway that %s', (_, routes, found, words) => {
  const gateways = gatewaysAtZero(routes, 10_000, ROLLOUT);
  expect(gateways).toEqual([{ proxy: 'gateway', ...found }]);
  expect(unreadInWords(gateways) ?? '').toMatch(words ?? /^$/);
});

test('of no gateway at all it is said that none was read', () => {
  expect(unreadInWords(gatewaysAtZero([], 10_000, ROLLOUT))).toMatch(/^No gateway could be read/);
});
