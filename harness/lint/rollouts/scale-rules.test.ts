import { describe, expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { nearestPodCounts } from './realisable-steps.ts';
import { scaleFindings } from './scale-rules.ts';

const rollout = (spec: string, name = 'shop') =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const autoscaler = (target: string) =>
  `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: shop }\nspec: { scaleTargetRef: ${target} }\n`;
const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: {}\n';

function judged(objects: readonly string[], others?: readonly string[]): string[] {
  const parse = (texts: readonly string[]) => parseManifestSet([{ path: 'a.yaml', text: texts.join('---\n') }]);
  const set = parse(objects);
  return scaleFindings(others ? { ...set, others: [...set.objects, ...parse(others).objects] } : set).map(
    ({ severity, code }) => `${severity} ${code}`,
  );
}

describe('an autoscaler', () => {
  const steered = rollout('{ strategy: { canary: {} } }');
  const right = '{ apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: shop }';
  test.each([
    ['of the Rollout', right, [steered], []],
    [
      'of a group without Rollouts',
      right.replace('argoproj.io/v1alpha1', 'apps/v1'),
      [steered],
      ['error HPA_TARGET_GROUP'],
    ],
    ['of another name', right.replace('shop', 'shopp'), [steered], ['error HPA_TARGET_MISSING']],
    [
      'of a Deployment that became a Rollout',
      '{ apiVersion: apps/v1, kind: Deployment, name: shop }',
      [steered],
      ['error HPA_TARGET_MISSING'],
    ],
    ['of a Deployment', '{ apiVersion: apps/v1, kind: Deployment, name: shop }', [DEPLOYMENT], []],
    [
      'of the Deployment whose pods the Rollout runs',
      '{ apiVersion: apps/v1, kind: Deployment, name: shop }',
      [DEPLOYMENT, rollout('{ workloadRef: { kind: Deployment, name: shop } }')],
      ['warning HPA_TARGET_IS_REFERENCED'],
    ],
    ['of a kind that we do not know', '{ apiVersion: example.com/v1, kind: Thing, name: shop }', [], []],
    ['of something that this set has none of', right, [], []],
  ])('%s', (_what, target, objects, expected) => {
    expect(judged([autoscaler(target), ...objects])).toEqual(expected);
  });
  test('of a Rollout that another unit brings', () => {
    const target = right.replace('shop', 'other');
    expect(judged([autoscaler(target), steered], [rollout('{}', 'other')])).toEqual([]);
  });
});

describe('autoscalers', () => {
  const DEPLOYMENT_TARGET = '{ apiVersion: apps/v1, kind: Deployment, name: shop }';
  const named = (name: string, target = DEPLOYMENT_TARGET) =>
    autoscaler(target).replace('metadata: { name: shop }', `metadata: { name: ${name} }`);
  const canary = (target: string) =>
    `apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: { name: shop }\nspec: { targetRef: { kind: Deployment, name: ${target} }, autoscalerRef: { kind: HorizontalPodAutoscaler, name: shop } }\n`;
  test('two of one target', () => {
    expect(judged([DEPLOYMENT, named('a'), named('b')])).toEqual(['warning HPA_TARGET_SHARED']);
    const other = DEPLOYMENT.replace('shop', 'other');
    expect(judged([DEPLOYMENT, other, named('a'), named('b', DEPLOYMENT_TARGET.replace('shop', 'other'))])).toEqual([]);
  });
  test('of a canary scale what it releases', () => {
    expect(judged([DEPLOYMENT, autoscaler(DEPLOYMENT_TARGET), canary('shop')])).toEqual([]);
    expect(judged([DEPLOYMENT, autoscaler(DEPLOYMENT_TARGET), canary('other')])).toEqual([
      'error HPA_OF_ANOTHER_TARGET',
    ]);
  });
});

describe('weights by the number of pods', () => {
  const weighted = (replicas: number, canary: string) =>
    rollout(`{ replicas: ${replicas}, strategy: { canary: { ${canary} } } }`);
  test.each([
    ['10 % of 2 pods', weighted(2, 'steps: [{ setWeight: 10 }]'), true],
    ['10 % of 10 pods', weighted(10, 'steps: [{ setWeight: 10 }]'), false],
    ['20 % of 4 pods, with one more', weighted(4, 'steps: [{ setWeight: 20 }]'), false],
    ['20 % of 4 pods, and never more', weighted(4, 'maxSurge: 0, steps: [{ setWeight: 20 }]'), false],
    ['25 % of 2 pods, and never more', weighted(2, 'maxSurge: 0, steps: [{ setWeight: 25 }]'), true],
    ['0 and 100 %', weighted(1, 'steps: [{ setWeight: 0 }, { setWeight: 100 }]'), false],
    ['with traffic routing', weighted(2, 'trafficRouting: { istio: {} }, steps: [{ setWeight: 10 }]'), false],
    ['with counts by hand', weighted(2, 'steps: [{ setWeight: 10 }, { setCanaryScale: { replicas: 1 } }]'), false],
  ])('%s', (_what, text, isFound) => {
    expect(judged([text])).toEqual(isFound ? ['warning ROLLOUT_STEPS_NOT_REALISABLE'] : []);
  });
  test('not where an autoscaler sets that number', () => {
    expect(
      judged([
        weighted(2, 'steps: [{ setWeight: 10 }]'),
        autoscaler('{ apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: shop }'),
      ]),
    ).toEqual([]);
  });
  test.each([
    [2, 10, true, 1, 3],
    [2, 10, false, 1, 2],
    [1, 50, true, 1, 2],
    [1, 50, false, 1, 1],
    [10, 25, true, 3, 11],
    [4, 25, true, 1, 4],
  ])('%i pods at %i %% (surge: %s)', (replicas, weight, maySurge, canaryPods, pods) => {
    expect(nearestPodCounts(replicas, weight, maySurge)).toEqual({ canaryPods, pods });
  });
});

describe('an abort under dynamicStableScale', () => {
  const STEPS = '[{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }]';
  const aborted = (canary: string, { replicas = 4, steps = STEPS } = {}) =>
    judged([
      rollout(
        `{ replicas: ${replicas}, strategy: { canary: { trafficRouting: { istio: {} }, ${canary}, steps: ${steps} } } }`,
      ),
    ]);
  const BOTH = 'dynamicStableScale: true, abortScaleDownDelaySeconds: 30';
  test.each([
    ['is stuck where the canary keeps its pods and a smaller step is left', BOTH, {}, ['warning ROLLOUT_ABORT_STUCK']],
    ['ends where the canary loses its pods with its traffic', 'dynamicStableScale: true', {}, []],
    ['ends where stable keeps all of its pods', 'abortScaleDownDelaySeconds: 30', {}, []],
    ['ends where the delay is 0', 'dynamicStableScale: true, abortScaleDownDelaySeconds: 0', {}, []],
    ['ends where both steps have as many pods', BOTH, { replicas: 1 }, []],
    ['ends where there is one step', BOTH, { steps: '[{ setWeight: 50 }]' }, []],
    ['ends where the smaller step is 0', BOTH, { steps: '[{ setWeight: 0 }, { setWeight: 50 }]' }, []],
  ])('%s', (_what, canary, change, expected) => {
    expect(aborted(canary, change)).toEqual(expected);
  });

  test('says at which weight', () => {
    const text = rollout(
      `{ replicas: 10, strategy: { canary: { trafficRouting: {}, ${BOTH}, steps: [{ setWeight: 5 }, { setWeight: 10 }, { setWeight: 40 }] } } }`,
    );
    const [finding] = scaleFindings(parseManifestSet([{ path: 'a.yaml', text }]));
    expect(finding!.sentence).toContain('an abort at 40 % leaves the canary 10 % for ever');
  });
});
