import { describe, expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { movingLabelFindings } from './moving-labels.ts';

const SUBSETS = '{ destinationRule: { name: shop, stableSubsetName: old, canarySubsetName: new } }';
const METADATA = 'canaryMetadata: { labels: { role: canary } }, stableMetadata: { labels: { role: stable } }';

const rollout = (canary: string, labels = '{ app: shop }') => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  template: { metadata: { labels: ${labels} } }
  strategy: { canary: { ${canary} } }
`;
const rule = (labels: string) => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: shop }
spec:
  host: shop
  subsets: [{ name: old, labels: { role: stable } }, { name: new, labels: ${labels} }]
`;
const service = (selector: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: green }\nspec: { selector: ${selector} }\n`;

const found = (...texts: readonly string[]) =>
  movingLabelFindings(parseManifestSet([{ path: 'a.yaml', text: texts.join('---\n') }]));
const steered = (metadata: string, istio = SUBSETS) => `${metadata}, trafficRouting: { istio: ${istio} }`;

describe('a label that pods lose when they become stable', () => {
  test('in the subset of the canary: a warning at the label, with the subset and what to do', () => {
    const [finding, ...others] = found(rollout(steered(METADATA)), rule('{ role: canary }'));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'ROLLOUT_ARM_LABEL_MOVES', severity: 'warning', where: 'a.yaml:6:59' });
    expect(finding?.sentence).toContain('takes role=canary off its pods when they become stable');
    expect(finding?.sentence).toContain('subset new of DestinationRule shop');
    expect(finding?.hint).toContain('Leave role out');
  });

  test('in the selector of its Service', () => {
    const canary = steered(
      `${METADATA}, canaryService: green, stableService: blue`,
      '{ virtualService: { name: shop } }',
    );
    expect(found(rollout(canary), service('{ app: shop, role: canary }')).map(({ sentence }) => sentence)).toEqual([
      expect.stringContaining('before it takes the weight off Service green'),
    ]);
    expect(found(rollout(canary), service('{ app: shop }'))).toEqual([]);
  });

  test.each([
    ['in no subset', rollout(steered(METADATA)), '{ app: shop }'],
    [
      'in the subset of stable alone',
      rollout(steered('stableMetadata: { labels: { role: stable } }')),
      '{ app: shop }',
    ],
    [
      'that stable pods carry, too',
      rollout(steered('canaryMetadata: { labels: { role: canary } }, stableMetadata: { labels: { role: canary } }')),
      '{ role: canary }',
    ],
    [
      'that is one of the template',
      rollout(steered('canaryMetadata: { labels: { role: canary } }'), '{ role: canary }'),
      '{ role: canary }',
    ],
    ['that nothing routes by', rollout(METADATA), '{ role: canary }'],
  ])('%s: nothing', (_what, object, labels) => {
    expect(found(object, rule(labels))).toEqual([]);
  });
});
