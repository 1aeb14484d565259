import { expect, test } from 'vitest';
import { parseManifestSet } from '../../lint/manifest-set.ts';
import type { RenderedUnit } from '../../units/unit-model.ts';
import { withoutSplit } from './nothing-to-prove.ts';

const unit = (text: string) =>
  ({ objects: parseManifestSet([{ path: 'a.yaml', text }], 'shop').objects }) as unknown as RenderedUnit;

const routed = (...routes: readonly string[]) =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: shop }\nspec: { hosts: [shop], http: [${routes.join(', ')}] }\n`;
const ONE = '{ match: [{ uri: { prefix: /a } }], route: [{ destination: { host: a } }] }';
const TWO = '{ route: [{ destination: { host: a }, weight: 50 }, { destination: { host: b }, weight: 50 }] }';

test('a refusal names the routes that split nothing', () => {
  expect(withoutSplit([unit(routed(ONE, ONE))])).toEqual([
    'VirtualService shop/shop: none of its HTTP routes has more than one destination',
  ]);
  expect(withoutSplit([unit(routed(ONE, TWO))])).toEqual([]);
});

test('or that there is nothing which could', () => {
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';
  expect(withoutSplit([unit(map), unit(map)])).toEqual(['none of its 2 objects is a VirtualService or a Rollout']);
  expect(withoutSplit([unit('apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: a }\n')])).toEqual([]);
  expect(withoutSplit([unit('')])).toEqual([]);
});
