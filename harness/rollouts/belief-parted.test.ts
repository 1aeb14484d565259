import { expect, test } from 'vitest';
import { partedFinding, partedFromBelief } from './belief-parted.ts';
import type { DeclaredRollout } from './rollout-object.ts';

type Step = readonly [seconds: number, weight: number];
const BELIEFS: readonly Step[] = [
  [0, 0],
  [10, 10],
  [40, 25],
  [70, 50],
  [100, 0],
];
const parted = (writes: readonly Step[], beliefs = BELIEFS) =>
  partedFromBelief(
    {
      beliefs: beliefs.map(([at, weight]) => ({ atMs: at * 1_000, weight })),
      weights: writes.map(([at, weight]) => ({
        ...{ atMs: at * 1_000 - 100, weight, resourceVersion: String(at), writer: 'rollouts-controller' },
      })),
    },
    130_000,
  );

test.each<[string, readonly Step[], object | undefined]>([
  ['writes what it believes', BELIEFS, undefined],
  ['is told of a little late, of both', BELIEFS.map(([at, weight]) => [at + 2, weight]), undefined],
  ['freezes the VirtualService', [[0, 0]], { believed: 10, atMs: 10_000, others: 2 }],
  [
    'writes other weights',
    [
      [0, 0],
      [10, 10],
      [40, 35],
      [70, 50],
      [100, 0],
    ],
    { believed: 25, atMs: 40_000, others: 0 },
  ],
  [
    'is late',
    [
      [0, 0],
      [18, 10],
      [40, 25],
      [70, 50],
      [100, 0],
    ],
    { believed: 10, atMs: 10_000, lastedMs: 7_900 },
  ],
  [
    'flips back',
    [
      [0, 0],
      [10, 10],
      [40, 25],
      [55, 10],
      [70, 50],
      [100, 0],
    ],
    { believed: 25, atMs: 54_900 },
  ],
  [
    'never goes back to 0',
    [
      [0, 0],
      [10, 10],
      [40, 25],
      [70, 50],
    ],
    { believed: 0, atMs: 100_000 },
  ],
])('a controller that %s', (_, writes, expected) => {
  if (expected) expect(parted(writes)).toMatchObject(expected);
  else expect(parted(writes)).toBeUndefined();
});

test('a belief that lasts too short to be compared says nothing', () => {
  expect(
    parted(
      [[0, 0]],
      [
        [0, 0],
        [10, 10],
        [12, 0],
      ],
    ),
  ).toBeUndefined();
});

test('the finding names object, field, writer and moment, and counts what follows', () => {
  const declared = { ref: { namespace: 'shop', name: 'cart' }, virtualService: 'cart' } as DeclaredRollout;
  expect(partedFinding(parted([[0, 0]])!, declared, 4)).toMatchObject({
    code: 'WEIGHT_NOT_AS_BELIEVED',
    layer: 'api',
    object: 'VirtualService shop/cart',
    field: 'spec.http[].route[].weight',
    writer: 'rollouts-controller',
    atMs: 10_000,
    sentence: expect.stringMatching(
      /^From .+ on Rollout shop\/cart believed 10 % .+ said 0 % for \d+\.\d s; 2 more .+; 4 difference\(s\) that clients saw follow from it\.$/,
    ),
  });
});
