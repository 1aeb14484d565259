import { expect, test } from 'vitest';
import { proposal } from '../proposal-fixture.ts';
import { SHOP } from '../repository-fixture.ts';

const REASON =
  'the Rollouts controller drops empty fields when it notes the revision, and Argo CD would never find the object in sync';
const removed = (text: string) =>
  proposal(text).changes.flatMap(({ reason, remove }) => (reason === REASON ? remove : []));

test('empty annotations of the pods of a Rollout are taken out', () => {
  expect(removed(SHOP)).toEqual([]);
  const empty = SHOP.replace(
    'metadata: { labels: { app: shop } }',
    'metadata: { annotations: {}, labels: { app: shop } }',
  );
  expect(removed(empty)).toEqual(['/spec/template/metadata/annotations']);
  const metadata = SHOP.replace(
    'canaryService: shop-canary',
    'canaryMetadata: { labels: {} }\n      canaryService: shop-canary',
  );
  expect(removed(metadata)).toEqual(['/spec/strategy/canary/canaryMetadata/labels']);
});

test('what says something by being empty stays', () => {
  expect(removed(SHOP.replace('nodeSelector: { disk: fast }', 'securityContext: {}'))).toEqual([]);
});
