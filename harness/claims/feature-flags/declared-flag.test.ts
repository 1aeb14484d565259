import { expect, test } from 'vitest';
import { declaredFlag, strategiesIn } from './declared-flag.ts';
import { deliveredFlag, PROFILE } from './flag-fixture.ts';

const CLAIM = { flag: 'new-checkout', declaredIn: { name: 'feature-flags', namespace: PROFILE }, home: PROFILE };
const file = (object: object) => ({ path: 'flags.yaml', text: JSON.stringify(object) });
const exported = (strategies: readonly object[], features: readonly object[] = [{ name: 'new-checkout' }]) => ({
  ...deliveredFlag(),
  data: { 'a.json': JSON.stringify({ features, featureStrategies: strategies }) },
});
const rollout = (parameters: object, more: object = {}) => ({
  ...{ name: 'flexibleRollout', featureName: 'new-checkout', parameters },
  ...more,
});

test('the share of users is the rollout of its one strategy', () => {
  expect(declaredFlag([file(deliveredFlag())], CLAIM)).toMatchObject({ share: 0.3, stickiness: 'userId' });
  // a number, and other flags and environments beside it
  const others = [
    rollout({ rollout: 45 }),
    rollout({ rollout: '1' }, { featureName: 'other' }),
    rollout({ rollout: '100' }, { environment: 'development' }),
  ];
  expect(declaredFlag([file(exported(others))], CLAIM)).toMatchObject({ share: 0.45, stickiness: 'default' });
});

test.each([
  ['no ConfigMap', []],
  ['another flag', [file(exported([], [{ name: 'other' }]))]],
  ['no JSON', [file({ ...deliveredFlag(), data: { text: 'new-checkout: 30' } })]],
  ['no data', [file({ ...deliveredFlag(), data: undefined })]],
  ['another namespace', [file({ ...deliveredFlag(), metadata: { name: 'feature-flags', namespace: 'elsewhere' } })]],
])('%s declares no flag', (_, files) => {
  expect(() => declaredFlag(files, CLAIM)).toThrow(expect.objectContaining({ code: 'FLAG_UNDECLARED', exitCode: 2 }));
});

test.each([
  ['it has 0 strategies', []],
  ['it has 2 strategies', [rollout({ rollout: '1' }), rollout({ rollout: '2' })]],
  ['its strategy is default', [{ name: 'default', featureName: 'new-checkout' }]],
  ['its strategy has constraints', [rollout({ rollout: '30' }, { constraints: [{ contextName: 'region' }] })]],
  ['its strategy has constraints', [rollout({ rollout: '30' }, { segments: [1] })]],
  ['its stickiness is random', [rollout({ rollout: '30', stickiness: 'random' })]],
  ['its rollout is 100', [rollout({ rollout: '100', stickiness: 'userId' })]],
  ['its rollout is many', [rollout({ rollout: 'many', stickiness: 'userId' })]],
])('no share follows when %s', (why, strategies) => {
  expect(() => declaredFlag([file(exported(strategies))], CLAIM)).toThrow(
    expect.objectContaining({ code: 'FLAG_STRATEGY', message: expect.stringContaining(why) as string }),
  );
});

test('what the cluster has is read whatever it promises', () => {
  const found = strategiesIn(exported([rollout({ rollout: '30', stickiness: 'random' })]).data, 'new-checkout');
  expect(found).toMatchObject([{ parameters: { stickiness: 'random' } }]);
  expect(strategiesIn(undefined, 'new-checkout')).toBeUndefined();
});
