import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { FaultController } from '../../profile/fault-controller.ts';
import { canaryWeight, type DeclaredRollout } from '../../rollouts/rollout-object.ts';
import { readReview, reviewAnswer } from './admission-review.ts';
import { badController } from './misbehaviour.ts';

const ROLLOUT = {
  ref: { namespace: 'shop', name: 'cart' },
  virtualService: 'cart',
  routes: [] as readonly string[],
  subsets: { destinationRule: 'cart', stable: 'stable', canary: 'canary' },
} as DeclaredRollout;
const route = (weight: number): KubeObject => ({
  metadata: { name: 'cart' },
  spec: {
    http: [
      {
        name: 'primary',
        route: [
          { destination: { host: 'cart', subset: 'stable' }, weight: 100 - weight },
          { destination: { host: 'cart', subset: 'canary' }, weight },
        ],
      },
    ],
  },
});

/** Weights that are stored when these are asked for, each at its second; what is due is written by somebody else. */
function stored(misbehaviour: FaultController['misbehaviour'], asked: readonly (readonly [number, number])[]) {
  const decide = badController(misbehaviour, ROLLOUT);
  const later: number[] = [];
  let held = route(0);
  const weights = asked.map(([seconds, weight]) => {
    const answer = decide(held, route(weight), seconds * 1_000);
    if (answer.later) later.push(seconds * 1_000 + answer.later.afterMs);
    held = answer.routes === undefined ? route(weight) : { ...held, spec: { http: answer.routes } };
    return canaryWeight(held, ROLLOUT);
  });
  return { weights, later };
}
const ASKED = [
  [0, 10],
  [5, 10],
  [20, 10],
  [30, 25],
  [60, 100],
  [90, 0],
] as const;

describe('badController', () => {
  test.each<[FaultController['misbehaviour'], readonly number[], readonly number[]]>([
    [{ does: 'freeze' }, [0, 0, 0, 0, 0, 0], []],
    [{ does: 'shift', by: 8 }, [18, 18, 18, 33, 100, 0], []],
    [{ does: 'late', ms: 12_000 }, [0, 0, 10, 10, 100, 0], [12_000, 42_000]],
    // nobody restores here: what it held before stays, and is what is kept
    [{ does: 'flip-back', ms: 10_000 }, [10, 10, 10, 25, 100, 0], [10_000, 40_000]],
  ])('%o', (misbehaviour, weights, later) => {
    expect(stored(misbehaviour, ASKED)).toEqual({ weights, later });
  });

  test('a weight that was flipped back is not healed', () => {
    const decide = badController({ does: 'flip-back', ms: 10_000 }, ROLLOUT);
    const { later } = decide(route(0), route(10), 0);
    expect(later).toEqual({ afterMs: 10_000, restore: route(0).spec?.http });
    expect(decide(route(0), route(10), 10_050).routes).toEqual(route(0).spec?.http);
    expect(decide(route(0), route(25), 30_000).routes).toBeUndefined();
  });
});

describe('a review', () => {
  const review = { uid: 'u-1', name: 'cart', object: route(10), oldObject: route(0) };
  test('is answered by its uid, with the routes that are stored instead', () => {
    const read = readReview(JSON.stringify({ request: review }));
    const { response } = JSON.parse(reviewAnswer(read, route(0).spec?.http));
    expect(response).toMatchObject({ uid: 'u-1', allowed: true, patchType: 'JSONPatch' });
    expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual([
      { op: 'replace', path: '/spec/http', value: route(0).spec?.http },
    ]);
    expect(JSON.parse(reviewAnswer(read, undefined)).response).toEqual({ uid: 'u-1', allowed: true });
  });
  test.each(['', '{}', '{"request":{"uid":"u"}}', '{"request":{"uid":"u","object":{"metadata":{}}}}'])(
    'that is none is refused: %s',
    (text) => {
      expect(() => readReview(text)).toThrow();
    },
  );
});
