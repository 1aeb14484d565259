import { describe, expect, test } from 'vitest';
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { blamedOnce, blameRollout, layersInWords } from './blame.ts';
import { evidenceOf, type Layers, STEPS, type Step } from './layers-fixture.ts';

const FROZEN: readonly Step[] = [[0, 0]];
const seen = (count: number): readonly FindingReport[] =>
  Array.from({ length: count }, () => ({ code: 'STEP_MISSING', layer: 'observed', severity: 'error', sentence: 'no' }));
const blamed = (layers: Layers) => {
  const [finding, ...more] = blamedOnce(blameRollout(evidenceOf(layers)), seen(4));
  expect(more).toEqual([]);
  return finding!;
};
const steps = (...weights: readonly number[]) =>
  weights.flatMap((setWeight) => [{ setWeight }, { pause: { duration: '30s' } }]);

describe('the first layer that parts from the one before is blamed once', () => {
  test('Git: the Rollout was given other steps, by a hand and at a moment', () => {
    const finding = blamed({ declared: steps(10, 25, 50), given: steps(10, 30, 50), writes: FROZEN });
    expect(finding).toMatchObject({
      code: 'STEPS_NOT_AS_DECLARED',
      layer: 'controller',
      object: 'Rollout shop/cart',
      field: 'spec.strategy.canary.steps',
      writer: 'kubectl-edit',
      atMs: 5_000,
    });
    expect(finding.sentence).toMatch(
      /declares the steps 10 %, pause, 25 %, .+ \(rollout\.yaml\), but Rollout shop\/cart was given 10 %, pause, 30 %, .+; below it parted api; 4 diff/,
    );
  });

  test('the controller believes what its step does not declare, and everything below follows it', () => {
    const off: readonly Step[] = STEPS.map(([from, weight]) => [from, weight === 25 ? 35 : weight]);
    const finding = blamed({ beliefs: off, writes: off });
    expect(finding).toMatchObject({
      code: 'BELIEF_NOT_AS_DECLARED',
      layer: 'controller',
      object: 'Rollout shop/cart',
      writer: 'rollouts-controller',
      atMs: 40_000,
    });
    expect(finding.sentence).toMatch(/believed 35 % .+ for 30\.0 s, while its step 3 declares 25 %; 4 differ/);
  });

  test('the VirtualService does not follow the belief', () => {
    const finding = blamed({ writes: FROZEN });
    expect(finding).toMatchObject({
      code: 'WEIGHT_NOT_AS_BELIEVED',
      layer: 'api',
      object: 'VirtualService shop/cart',
      field: 'spec.http[].route[].weight',
      writer: 'somebody',
      atMs: 10_000,
    });
    expect(finding.sentence).toMatch(
      /^From .+ on Rollout shop\/cart believed 10 % .+ said 0 % for \d+\.\d s, written by somebody at .+; 2 more .+; 4 difference\(s\) that the claim found follow from it\.$/,
    );
  });

  test('a proxy does not follow the VirtualService', () => {
    expect(blamed({ proxy: FROZEN })).toMatchObject({
      code: 'XDS_WEIGHTS_DIFFER',
      layer: 'xds',
      proxy: 'istio-system/gateway',
      field: 'route configuration of istio-system/gateway',
      writer: 'somebody',
    });
  });

  test('clients get something else, and every layer above agrees', () => {
    const finding = blamed({ got: FROZEN });
    expect(finding).toMatchObject({ code: 'OBSERVED_SHARE_DIFFERS', layer: 'observed' });
    expect(finding.sentence).toMatch(
      /VirtualService shop\/cart and the proxy of istio-system\/gateway agreed on 10 % for v2, while ingress clients got 0 % \[/,
    );
    expect(blamed({ got: FROZEN, path: 'mesh' }).sentence).toContain('in-mesh clients');
  });
});

describe('nobody is blamed', () => {
  test.each<[string, Layers]>([
    ['where all agree', {}],
    ['where Git declares the same', { declared: steps(10, 25, 50), given: steps(10, 25, 50) }],
    ['where proxies take two seconds', { proxy: STEPS.map(([from, weight]) => [from + (weight > 0 ? 2 : 0), weight]) }],
  ])('%s', (_, layers) => {
    const evidence = evidenceOf(layers);
    const blame = blameRollout(evidence);
    expect(blame).toBeUndefined();
    expect(blamedOnce(blame, seen(2))).toHaveLength(2);
    expect(layersInWords(evidence, blame)).toMatch(
      /^agree: .+ 5 beliefs .+ → the proxy of istio-system\/gateway → clients by ingress$/,
    );
  });
});
