import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import { proposal } from './proposal-fixture.ts';
import { VERSIONED_SPLIT } from './repository-fixture.ts';

const claimsOf = (text: string, more = '') =>
  proposal(text, {
    others: parseManifestSet([{ path: 'other.yaml', text: more }]).objects,
  }).claims.map(({ kind }) => kind);

test('arms of a Service that nobody declares are pods of its name, and what becomes of their requests is for the run to show', () => {
  // somebody else's Service stands beside, so none is made
  const misnamed = VERSIONED_SPLIT.replace(
    'kind: Service\nmetadata: { name: front,',
    'kind: Service\nmetadata: { name: front-end,',
  );
  expect(claimsOf(misnamed)).toEqual(['sidecars', 'traffic-split', 'traffic-by-commit']);
  const strangers = misnamed.replaceAll('app: front', 'app: shop');
  expect(() => claimsOf(strangers)).not.toThrow();
  expect(claimsOf(strangers)).toEqual([]);
});
